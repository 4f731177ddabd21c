"""The outbox: notices on their way, written with the state that owes them, sent with one id over all tries."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.paging import Page, number_cursor, parse_number_cursor
from store.notifications import frequency_cap, held_notices
from store.notifications.delivery_attempts import NEVER_ATTEMPTED, before_attempt, if_ours, last_slot
from store.tables.all import OutboxRow
from store.webhooks.events import enqueue_notice_sent

Status = Literal["queued", "held", "sent", "dropped", "dead"]
LEASE = timedelta(seconds=60)
MAX_RETRY_PERIOD = timedelta(days=3)  # then nobody takes it: dead, but visible


def channel_message_id(row: OutboxRow) -> str:
    """The id of the message in which it left, or would: one over all tries of a channel, another for each channel."""
    return keys.channel_message(row.sent_as or row.message_id, row.channel)


@dataclass(frozen=True)
class SendAttempt:
    """Notices about to leave as one message by that channel, at that business time. `message_id`: of one of them.

    `day`: the customer's, where the message takes a place in it; `agree` is asked with the budget while it is locked.
    """

    rows: Sequence[OutboxRow]
    at: datetime
    channel: str
    message_id: str
    day: date | None = None
    within_cap: Callable[[frequency_cap.CapCounter], bool] = lambda place: True


@dataclass(frozen=True)
class StartedSend:
    """What may leave now, at that business time; nothing where the budget disagreed. `place`: the one it takes in it."""

    rows: tuple[OutboxRow, ...]
    at: datetime
    slot: frequency_cap.CapSlot | None

    def slot_of(self, row: OutboxRow) -> frequency_cap.CapSlot | None:
        """The message's one place is kept with its first notice."""
        return self.slot if row is self.rows[0] else None


class Outbox:
    """The table of notices. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._now = now

    async def claim(self, limit: int = 50, excluded_merchants: Collection[str] = ()) -> list[OutboxRow]:
        """Take notices to send, oldest first; nobody else gets them until the lease of a minute is over.

        `excluded_merchants`: merchants who have to wait.
        """
        now = self._now()
        free = and_(_ready(now), col(OutboxRow.merchant).not_in(excluded_merchants))
        found = select(OutboxRow).where(free).order_by(col(OutboxRow.id)).limit(limit)
        async with self._db.read() as session:
            if (await session.exec(found.limit(1))).first() is None:
                return []  # a look that takes no write lock
        async with self._db.write() as session:
            # Else a later one of an order might overtake one that is just being claimed.
            await acquire_transaction_lock(session, keys.CLAIMING_NOTICES)
            rows = [*(await session.exec(found.with_for_update(skip_locked=True))).all()]
            rows += await _other_notices_in_message(session, rows)
            for row in rows:
                row.status, row.lease_until, row.attempts = "queued", now + LEASE, row.attempts + 1
        return rows

    async def release_leases(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(OutboxRow).where(col(OutboxRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    def holds_lease(self, row: OutboxRow) -> bool:
        """Is what was claimed still ours? No look at the table: `begin` looks."""
        return row.lease_until is not None and self._now() < row.lease_until

    async def begin_send(self, attempt: SendAttempt) -> StartedSend | None:
        """Right before they are handed over: their leases begin anew. None when the first is not ours any more.

        It is written down that they may leave, and as what, so that a crash in the middle cannot hide what a customer was
        told. Nothing is begun where `agree` says no to what left to that customer before.
        """
        first, at, lease = attempt.rows[0], attempt.at, self._now() + LEASE
        async with self._db.write() as session:
            place = None
            if attempt.day is not None:
                place = await frequency_cap.lock_counter(session, first.merchant, first.customer, attempt.day)
                if not attempt.within_cap(place):
                    return StartedSend((), at, None)
            day = place.day if place else first.cap_day
            open_ones = {
                "sending_at": at, "sent_as": attempt.message_id, "channel": attempt.channel, "cap_day": day
            }  # fmt: skip
            if not await if_ours(session, first, lease_until=lease, held_until=None, **open_ones):
                return None
            rows = [first]
            for row in attempt.rows[1:]:
                if await if_ours(session, row, lease_until=lease, held_until=None, **open_ones):
                    rows.append(row)
            taken = place.take_slot(at) if place is not None else None
        for row in rows:
            row.lease_until = lease
        return StartedSend(tuple(rows), at, taken)

    async def mark_sent(self, row: OutboxRow, sent_at: datetime, others: Sequence[OutboxRow] = ()) -> None:
        """A channel took it, and the others in the same message, whoever holds the lease by now. `sent_at`: business time."""
        rows = sorted((row, *others), key=lambda one: (one.order, one.id))
        these = update(OutboxRow).where(col(OutboxRow.id).in_([one.id for one in rows]))
        async with self._db.write() as session:
            for one in rows:  # locks the order's snapshot, as a commit does before its notices
                await enqueue_notice_sent(session, one, sent_at)
            end = {
                "status": "sent",
                "reason": "",
                "lease_until": None,
                "held_until": None,
                "sent_at": sent_at,
            }
            await session.exec(these.values(**end))

    async def hold(self, row: OutboxRow, until: datetime, reason: str) -> None:
        """Not before that business time; then it is judged anew."""
        async with self._db.write() as session:
            values = await held_notices.held_values(session, row.merchant, until, self._now())
            await if_ours(session, row, reason=reason, **values)

    async def mark_dropped(self, row: OutboxRow, reason: str) -> None:
        """It is not true any more, or nobody can be told; it will not be sent.

        One that may have left before a crash counts as sent: what was untrue in it must be taken back.
        """
        left = row.sending_at
        end = (
            {"status": "sent", "reason": "possibly_sent"} if left else {"status": "dropped", "reason": reason}
        )
        await self._update_if_ours(
            row, **end, lease_until=None, held_until=None, sending_at=left, sent_at=left
        )

    async def retry_later(
        self, row: OutboxRow, delay: timedelta, reason: str, slot: frequency_cap.CapSlot | None = None
    ) -> Literal["queued", "dead"]:
        """It has not left: try again after that real time; dead once it has been tried for three days.

        `place`: the one that it had in the customer's budget for this try.
        """
        status = self._queued_or_dead(row)
        end: dict[str, object] = {"status": status, "reason": reason, "not_before": self._now() + delay}
        await self._undo_attempt(row, end, slot)
        return status

    async def outcome_unknown(self, row: OutboxRow, delay: timedelta, reason: str) -> None:
        """Nobody knows whether it left: it counts as if we had died there, with its place in the customer's budget."""
        later = self._now() + delay
        await self._update_if_ours(
            row, status=self._queued_or_dead(row), reason=reason, not_before=later, lease_until=None
        )

    def _queued_or_dead(self, row: OutboxRow) -> Literal["queued", "dead"]:
        return "dead" if self._now() - row.created_at >= MAX_RETRY_PERIOD else "queued"

    async def mark_bounced(
        self, row: OutboxRow, channel: str, slot: frequency_cap.CapSlot | None = None
    ) -> None:
        """That channel will never take it: the next one has its turn at once.

        Nor did it take an earlier try, of which a crash left open whether it left.
        """
        gone = ",".join(filter(None, (row.bounced_channels, channel)))
        end: dict[str, object] = {
            "status": "queued",
            "reason": "bounced",
            "attempts": 0,
            "bounced_channels": gone,
        }
        async with self._db.write() as session:
            day = slot.day if slot else row.cap_day
            budget = day and await frequency_cap.lock_counter(session, row.merchant, row.customer, day)
            if await if_ours(session, row, **end, **NEVER_ATTEMPTED) and budget:
                taken = slot or await last_slot(session, row)
                if taken:
                    budget.release_slot(taken)

    async def _undo_attempt(
        self, row: OutboxRow, end: dict[str, object], slot: frequency_cap.CapSlot | None
    ) -> None:
        """It did not leave in this try: what the try took is given back."""
        async with self._db.write() as session:
            budget = slot and await frequency_cap.lock_counter(session, row.merchant, row.customer, slot.day)
            if await if_ours(session, row, **end, **before_attempt(row)) and budget and slot:
                budget.release_slot(slot)

    async def dead_letter(self, row: OutboxRow, reason: str) -> None:
        """A defect keeps it from being sent, or came while it was: dead, and visible."""
        await self._update_if_ours(row, status="dead", reason=reason, lease_until=None, held_until=None)

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Try a dead notice again under its old message id; false when that merchant has no such.

        Whoever asks wants it sent: it does not matter any more whether an earlier try may have left.
        """
        dead = and_(
            col(OutboxRow.id) == row_id, col(OutboxRow.merchant) == merchant, col(OutboxRow.status) == "dead"
        )
        now = self._now()
        fresh = {
            "status": "queued",
            "attempts": 0,
            "created_at": now,
            "not_before": now,
            "bounced_channels": "",
        }
        async with self._db.write() as session:
            row = (await session.exec(select(OutboxRow).where(dead))).first()
            if row is None:
                return False
            day, taken = row.cap_day, await last_slot(session, row)
            budget = day and await frequency_cap.lock_counter(session, merchant, row.customer, day)
            again = update(OutboxRow).where(dead).values(**fresh, **NEVER_ATTEMPTED)
            done = (await session.exec(again)).rowcount == 1
            if done and budget and taken:
                budget.release_slot(taken)
        return done

    async def dead_letter_unsent(
        self, row: OutboxRow, reason: str, slot: frequency_cap.CapSlot | None
    ) -> None:
        """A defect came before it was handed over: dead, and visible, and nothing has left."""
        await self._undo_attempt(row, {"status": "dead", "reason": reason}, slot)

    async def sent_times(self, merchant: str, order: str) -> dict[str, datetime]:
        """The notices that have left for that order, or may have before a crash: key and business time."""
        found = select(OutboxRow.key, OutboxRow.sent_at, OutboxRow.sending_at).where(
            OutboxRow.merchant == merchant, OutboxRow.order == order
        )
        async with self._db.read() as session:
            rows = (await session.exec(found)).all()
        return {key: at for key, sent, sending in rows if (at := sent or sending) is not None}

    async def of_order(self, merchant: str, order: str) -> list[OutboxRow]:
        """All notices of the order, in the order they were owed."""
        found = select(OutboxRow).where(OutboxRow.merchant == merchant, OutboxRow.order == order)
        async with self._db.read() as session:
            return [*(await session.exec(found.order_by(col(OutboxRow.id)))).all()]

    async def page(
        self, merchant: str, status: Status, *, limit: int, cursor: str | None = None
    ) -> Page[OutboxRow]:
        """Oldest first. Raises BadCursor."""
        after = parse_number_cursor(cursor) if cursor else 0
        found = select(OutboxRow).where(OutboxRow.merchant == merchant, OutboxRow.status == status)
        found = found.where(col(OutboxRow.id) > after).order_by(col(OutboxRow.id)).limit(limit + 1)
        async with self._db.read() as session:
            rows = [*(await session.exec(found)).all()]
        more = number_cursor(rows[limit - 1].id or 0) if len(rows) > limit else None
        return Page(rows[:limit], more)

    async def earliest_held(self, merchant: str, after: datetime) -> datetime | None:
        """The next business time after that at which a held notice is judged anew; None when nothing is held."""
        async with self._db.read() as session:
            return await held_notices.earliest_held(session, merchant, after)

    async def _update_if_ours(self, row: OutboxRow, **values: object) -> bool:
        async with self._db.write() as session:
            return await if_ours(session, row, **values)


async def _other_notices_in_message(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """What a crash left open of the same messages: they leave together again, or the second would look like a copy."""
    messages = {row.sent_as for row in rows if row.sent_as}
    if not messages:
        return []
    others = and_(
        col(OutboxRow.merchant).in_({row.merchant for row in rows}),
        col(OutboxRow.sent_as).in_(messages),
        col(OutboxRow.status) == "queued",
        col(OutboxRow.id).not_in([row.id for row in rows]),
    )
    found = select(OutboxRow).where(others).order_by(col(OutboxRow.id))
    return [*(await session.exec(found.with_for_update(skip_locked=True))).all()]


def _ready(now: datetime) -> ColumnElement[bool]:
    """Queued, due and in nobody's hands; nor is an earlier one of its order, on which it may depend what is still true."""
    free = or_(col(OutboxRow.lease_until).is_(None), col(OutboxRow.lease_until) < now)
    earlier = aliased(OutboxRow)
    awaited = exists().where(
        col(earlier.order) == col(OutboxRow.order),
        col(earlier.id) < col(OutboxRow.id),
        col(earlier.lease_until) >= now,
    )
    waits = col(OutboxRow.status).in_(("queued", "held"))
    return and_(waits, col(OutboxRow.not_before) <= now, free, ~awaited)
