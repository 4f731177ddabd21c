"""The outbox: notices on their way, written with the state that owes them, sent with one id over all tries."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select, update

from store.columns import real_now
from store.database import Database, one_at_a_time
from store.hook_events import tell_sent
from store.paging import Page, cursor_of_number, number_of
from store.tables import OutboxRow

Status = Literal["queued", "sent", "dropped", "dead"]
LEASE = timedelta(seconds=60)
PATIENCE = timedelta(days=3)  # then nobody takes it: dead, but visible


class Outbox:
    """The table of notices. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._now = now

    async def claim(self, limit: int = 50) -> list[OutboxRow]:
        """Take notices to send, oldest first; nobody else gets them until the lease of a minute is over."""
        now = self._now()
        found = select(OutboxRow).where(_ready(now)).order_by(col(OutboxRow.id)).limit(limit)
        async with self._db.read() as session:
            if (await session.exec(found.limit(1))).first() is None:
                return []  # a look that takes no write lock
        async with self._db.write() as session:
            # Else a later one of an order might overtake one that is just being claimed.
            await one_at_a_time(session, "claim notices")
            rows = [*(await session.exec(found.with_for_update(skip_locked=True))).all()]
            for row in rows:
                row.lease_until, row.attempts = now + LEASE, row.attempts + 1
        return rows

    async def inherit(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(OutboxRow).where(col(OutboxRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def begin(self, row: OutboxRow, at: datetime) -> bool:
        """Right before it is handed over, at that business time: the lease begins anew. False when it is not ours any more.

        It is written down that the notice may leave, so that a crash in the middle cannot hide what a customer was told.
        """
        lease = self._now() + LEASE
        if not await self._change(row, lease_until=lease, sending_at=at):
            return False
        row.lease_until = lease
        return True

    async def sent(self, row: OutboxRow, sent_at: datetime) -> None:
        """A channel took it, whoever holds the lease by now. `sent_at`: business time."""
        this = update(OutboxRow).where(col(OutboxRow.id) == row.id)
        async with self._db.write() as session:
            await tell_sent(
                session, row, sent_at
            )  # locks the order's snapshot, as a commit does before its notices
            await session.exec(this.values(status="sent", reason="", lease_until=None, sent_at=sent_at))

    async def dropped(self, row: OutboxRow, reason: str) -> None:
        """It is not true any more, or nobody can be told; it will not be sent.

        One that may have left before a crash counts as sent: what was untrue in it must be taken back.
        """
        left = row.sending_at
        end = (
            {"status": "sent", "reason": "may_have_left"} if left else {"status": "dropped", "reason": reason}
        )
        await self._change(row, **end, lease_until=None, sending_at=left, sent_at=left)

    async def again(self, row: OutboxRow, delay: timedelta, reason: str) -> Literal["queued", "dead"]:
        """It has not left: try again after that real time; dead once it has been tried for three days."""
        status: Literal["queued", "dead"] = "queued"
        if self._now() - row.created_at >= PATIENCE:
            status = "dead"
        end = {"status": status, "reason": reason, "lease_until": None, "not_before": self._now() + delay}
        await self._change(row, **end, sending_at=row.sending_at)  # what a try before left open stays open
        return status

    async def bury(self, row: OutboxRow, reason: str) -> None:
        """A defect keeps it from being sent, or came while it was: dead, and visible."""
        await self._change(row, status="dead", reason=reason, lease_until=None)

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Try a dead notice again under its old message id; false when that merchant has no such."""
        dead = and_(
            col(OutboxRow.id) == row_id, col(OutboxRow.merchant) == merchant, col(OutboxRow.status) == "dead"
        )
        now = self._now()
        fresh = {"status": "queued", "attempts": 0, "created_at": now, "not_before": now}
        async with self._db.write() as session:
            return (await session.exec(update(OutboxRow).where(dead).values(**fresh))).rowcount == 1

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
        after = number_of(cursor) if cursor else 0
        found = select(OutboxRow).where(OutboxRow.merchant == merchant, OutboxRow.status == status)
        found = found.where(col(OutboxRow.id) > after).order_by(col(OutboxRow.id)).limit(limit + 1)
        async with self._db.read() as session:
            rows = [*(await session.exec(found)).all()]
        more = cursor_of_number(rows[limit - 1].id or 0) if len(rows) > limit else None
        return Page(rows[:limit], more)

    async def _change(self, row: OutboxRow, **values: object) -> bool:
        """Change a notice that is still ours; false, and nothing changed, when somebody else took it up meanwhile."""
        ours = and_(col(OutboxRow.id) == row.id, col(OutboxRow.lease_until) == row.lease_until)
        async with self._db.write() as session:
            return (await session.exec(update(OutboxRow).where(ours).values(**values))).rowcount == 1


def _ready(now: datetime) -> ColumnElement[bool]:
    """Queued, due and in nobody's hands; nor is an earlier one of its order, on which it may depend what is still true."""
    free = or_(col(OutboxRow.lease_until).is_(None), col(OutboxRow.lease_until) < now)
    earlier = aliased(OutboxRow)
    awaited = exists().where(
        col(earlier.order) == col(OutboxRow.order),
        col(earlier.id) < col(OutboxRow.id),
        col(earlier.lease_until) >= now,
    )
    return and_(col(OutboxRow.status) == "queued", col(OutboxRow.not_before) <= now, free, ~awaited)
