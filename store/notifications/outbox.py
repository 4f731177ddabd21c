"""The outbox: notices to customers, written in the transaction that owes them, and sent as a leased queue."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.paging import Page, is_number, oldest_first
from store.engine.queue import AT, LeasedQueue
from store.notifications import frequency_cap, held_notices, letters
from store.notifications.delivery_attempts import (
    NEVER_ATTEMPTED,
    SendAttempt,
    StartedSend,
    before_attempt,
    last_slot,
)
from store.tables.all import OutboxRow
from store.webhooks.events import enqueue_notice_sent

Status = Literal["queued", "held", "sent", "dropped", "dead"]
_OF_ORDER = (
    select(OutboxRow)
    .where(col(OutboxRow.merchant) == bindparam("merchant"), col(OutboxRow.order) == bindparam("order"))
    .order_by(col(OutboxRow.id))
)
_MARK_SENT = (
    update(OutboxRow)
    .where(col(OutboxRow.id).in_(bindparam("ids", expanding=True)))
    .values(status="sent", reason="", lease_until=None, held_until=None, sent_at=bindparam("at"))
)
MERCHANT_PAUSED = "merchant_paused"
PAUSE_CHECK = timedelta(hours=1)
MAX_RETRY_PERIOD = timedelta(days=3)  # after that no channel takes it: dead, but visible


class Outbox:
    """The table of notices. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._now = now
        self._queue = LeasedQueue(db, OutboxRow, now, waiting=["queued", "held"])
        excluded = col(OutboxRow.merchant).not_in(bindparam("excluded", expanding=True))
        due = and_(self._queue.is_due(AT), excluded, ~_earlier_is_leased())
        self._due = select(OutboxRow).where(due).order_by(col(OutboxRow.id))

    async def claim(self, limit: int = 50, excluded_merchants: Collection[str] = ()) -> list[OutboxRow]:
        """Lease the oldest notices that are due, with those of the same messages; none of `excluded_merchants`."""
        if not await self._queue.is_any_due():
            return []
        found, values = self._due.limit(limit), {"at": self._now(), "excluded": [*excluded_merchants]}
        if not await self._queue.has_any(found, **values):
            return []
        async with self._db.write(inline=True) as session:
            # Without it a later notice of an order could overtake one that is being claimed in another process.
            await acquire_transaction_lock(session, keys.CLAIMING_NOTICES)
            rows = await self._queue.lock(session, found, **values)
            rows += await _other_notices_in_message(session, rows)
            for row in self._queue.lease(rows):
                row.status = "queued"
        return rows

    async def release_leases(self) -> None:
        """See `LeasedQueue`."""
        await self._queue.release_leases()

    def holds_lease(self, row: OutboxRow) -> bool:
        """Whether the lease still runs. Does not look into the table: `begin_send` does."""
        return self._queue.holds_lease(row)

    async def begin_send(self, attempt: SendAttempt) -> StartedSend | None:
        """Record that these notices may leave now, as what, and what they say, right before they are handed to a channel.

        Without that record a crash in the middle would hide what the customer may have received. Their leases begin again.
        None when the first notice is not ours any more; no rows when the frequency cap says no.
        """
        first, at, lease = attempt.rows[0], attempt.at, self._queue.lease_end()
        async with self._db.write(inline=True) as session:
            counter = None
            if attempt.day is not None:
                counter = await frequency_cap.lock_counter(
                    session, first.merchant, first.customer, attempt.day
                )
                if not attempt.within_cap(counter):
                    return StartedSend((), at, None)
            day = counter.day if counter else first.cap_day
            begun = {**attempt.values(day), "lease_until": lease, "held_until": None}
            if not await self._queue.update_if_ours(session, first, **begun, notice=first.notice):
                return None
            others = [
                row
                for row in attempt.rows[1:]
                if await self._queue.update_if_ours(session, row, **begun, notice=row.notice)
            ]
            slot = counter.take_slot(at) if counter is not None else None
            if attempt.letter is not None:
                await letters.keep_in(session, attempt.letter)
        for row in (first, *others):
            row.lease_until = lease
        return StartedSend((first, *others), at, slot)

    async def mark_sent(
        self,
        row: OutboxRow,
        sent_at: datetime,
        others: Sequence[OutboxRow] = (),
        receipt: letters.LetterAccepted | None = None,
    ) -> None:
        """A channel took it and the others in the same message, also when a lease is over. `sent_at`: business time."""
        rows = sorted((row, *others), key=lambda sent: (sent.order, sent.id))
        async with self._db.write(inline=True) as session:
            for sent in rows:  # locks the order's snapshot, as a commit does before its notices
                await enqueue_notice_sent(session, sent, sent_at)
            these = {"ids": [sent.id for sent in rows], "at": sent_at}
            await (await session.connection()).execute(_MARK_SENT, these)
            if receipt is not None:
                await letters.record_acceptance(session, receipt, sent_at)

    async def hold(self, row: OutboxRow, until: datetime, reason: str) -> None:
        """Not before that business time. Then it is decided again whether it is sent."""
        async with self._db.write() as session:
            values = await held_notices.held_values(session, row.merchant, until, self._now())
            await self._queue.update_if_ours(session, row, reason=reason, **values)

    async def hold_while_paused(self, row: OutboxRow) -> None:
        """Until its merchant is resumed, which is looked up again each hour: a resumption that was cut off loses nothing."""
        now = self._now()
        values = {"status": "held", "reason": MERCHANT_PAUSED, "held_until": None, "attempts": 0}
        times = {"not_before": now + PAUSE_CHECK, "created_at": now, "lease_until": None}
        async with self._db.write() as session:
            await self._queue.update_if_ours(session, row, **values, **times)

    async def release_paused(self, merchant: str) -> None:
        """Queue what waited for the merchant's resumption: whether it is still true is decided again."""
        held = and_(
            col(OutboxRow.merchant) == merchant,
            col(OutboxRow.status) == "held",
            col(OutboxRow.reason) == MERCHANT_PAUSED,
        )
        now = self._now()
        fresh = (
            update(OutboxRow).where(held).values(status="queued", reason="", not_before=now, created_at=now)
        )
        async with self._db.write() as session:
            await session.exec(fresh)

    async def mark_dropped(self, row: OutboxRow, reason: str) -> None:
        """The notice will not be sent: it is stale, muted, without an address, or its customer is erased.

        One that may have left before a crash counts as sent: a correction of what is untrue in it must follow.
        """
        left = row.sending_at
        status, why = ("sent", "possibly_sent") if left else ("dropped", reason)
        end = {"status": status, "reason": why, "lease_until": None, "held_until": None}
        async with self._db.write() as session:
            await self._queue.update_if_ours(session, row, **end, sending_at=left, sent_at=left)

    async def retry_later(
        self, row: OutboxRow, delay: timedelta, reason: str, slot: frequency_cap.CapSlot | None = None
    ) -> Literal["queued", "dead"]:
        """It has not left: try again after that real time; dead once it has been tried for three days.

        `slot`: the one that this attempt took in the customer's frequency cap.
        """
        status = self._queued_or_dead(row)
        end: dict[str, object] = {"status": status, "reason": reason, "not_before": self._now() + delay}
        await self._undo_attempt(row, end, slot)
        return status

    async def outcome_unknown(self, row: OutboxRow, delay: timedelta, reason: str) -> None:
        """It may have left: kept as after a crash at this point, with its slot in the customer's frequency cap."""
        async with self._db.write() as session:
            await self._queue.retry_later(session, row, delay, reason, status=self._queued_or_dead(row))

    def _queued_or_dead(self, row: OutboxRow) -> Literal["queued", "dead"]:
        return "dead" if self._now() - row.created_at >= MAX_RETRY_PERIOD else "queued"

    async def mark_bounced(
        self, row: OutboxRow, channel: str, slot: frequency_cap.CapSlot | None = None
    ) -> None:
        """That channel will never take it: it is due at once, for the next channel.

        Nor did the channel take it in an earlier attempt of which a crash left open whether it left.
        """
        end = {
            "status": "queued", "reason": "bounced", "attempts": 0,
            "bounced_channels": ",".join(filter(None, (row.bounced_channels, channel))),
        }  # fmt: skip
        async with self._db.write() as session:
            day = slot.day if slot else row.cap_day
            counter = day and await frequency_cap.lock_counter(session, row.merchant, row.customer, day)
            if await self._queue.update_if_ours(session, row, **end, **NEVER_ATTEMPTED) and counter:
                taken = slot or await last_slot(session, row)
                if taken:
                    counter.release_slot(taken)

    async def _undo_attempt(
        self, row: OutboxRow, end: dict[str, object], slot: frequency_cap.CapSlot | None
    ) -> None:
        """It did not leave in this attempt: the slot that the attempt took is free again."""
        async with self._db.write() as session:
            counter = slot and await frequency_cap.lock_counter(session, row.merchant, row.customer, slot.day)
            ours = await self._queue.update_if_ours(session, row, **end, **before_attempt(row))
            if ours and counter and slot:
                counter.release_slot(slot)

    async def dead_letter(self, row: OutboxRow, reason: str) -> None:
        """No channel reaches the customer, or a defect stopped the notice. It is visible as dead and can be replayed."""
        async with self._db.write() as session:
            await self._queue.dead_letter(session, row, reason, held_until=None)

    async def dead_letter_unsent(
        self, row: OutboxRow, reason: str, slot: frequency_cap.CapSlot | None
    ) -> None:
        """A defect stopped the notice before a channel took it. It is visible as dead, and nothing has left."""
        await self._undo_attempt(row, {"status": "dead", "reason": reason}, slot)

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Queue a dead notice again under its old message id; False when that merchant has no such.

        The person who replays it wants it sent: whether an earlier attempt may have left does not matter any more.
        """
        if not is_number(row_id):
            return False
        ours = and_(col(OutboxRow.id) == row_id, col(OutboxRow.merchant) == merchant)
        dead = and_(ours, col(OutboxRow.status) == "dead")
        fresh = {**NEVER_ATTEMPTED, "created_at": self._now(), "bounced_channels": ""}
        async with self._db.write() as session:
            row = (await session.exec(select(OutboxRow).where(dead))).first()
            if row is None:
                return False
            day, slot = row.cap_day, await last_slot(session, row)
            counter = day and await frequency_cap.lock_counter(session, merchant, row.customer, day)
            done = await self._queue.replay(session, dead, **fresh) == 1
            if done and counter and slot:
                counter.release_slot(slot)
        return done

    async def of_order(self, merchant: str, order: str) -> list[OutboxRow]:
        """All notices of the order, oldest first."""
        rows = await self._db.fetch_rows(_OF_ORDER, merchant=merchant, order=order)
        return [OutboxRow(**row._asdict()) for row in rows]

    async def find(self, merchant: str, row_id: int) -> OutboxRow | None:
        """The merchant's notice of that number."""
        if not is_number(row_id):
            return None
        async with self._db.read_one() as session:
            row = await session.get(OutboxRow, row_id)
        return row if row is not None and row.merchant == merchant else None

    async def page(
        self, merchant: str, status: Status, *more: ColumnElement[bool], limit: int, cursor: str | None = None
    ) -> Page[OutboxRow]:
        """Oldest first. `more`: conditions. Raises BadCursor."""
        found = select(OutboxRow).where(OutboxRow.merchant == merchant, OutboxRow.status == status, *more)
        return await oldest_first(self._db, found, col(OutboxRow.id), limit, cursor)

    async def earliest_held(self, merchant: str, after: datetime) -> datetime | None:
        """The first business time after that at which a held notice is released; None when none is held."""
        async with self._db.read() as session:
            return await held_notices.earliest_held(session, merchant, after)


async def _other_notices_in_message(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Other notices of the messages that a crash left open.

    They leave together again: a channel would take a second message of the same id for a copy.
    """
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


def _earlier_is_leased() -> ColumnElement[bool]:
    """Whether a process holds an earlier notice of the order: what is still true of this one may depend on it."""
    earlier = aliased(OutboxRow)
    return exists().where(
        col(earlier.order) == col(OutboxRow.order),
        col(earlier.id) < col(OutboxRow.id),
        col(earlier.lease_until) >= AT,
    )
