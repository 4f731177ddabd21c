"""The outbox: notices on their way, written with the state that owes them, sent with one id over all tries."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select, update

from store.columns import real_now
from store.database import Database
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
            rows = [*(await session.exec(found.with_for_update(skip_locked=True))).all()]
            for row in rows:
                row.lease_until, row.attempts = now + LEASE, row.attempts + 1
        return rows

    async def inherit(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(OutboxRow).where(col(OutboxRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def sent(self, row_id: int, sent_at: datetime) -> None:
        """A channel took it. `sent_at`: business time."""
        async with self._db.write() as session:
            row = await session.get_one(OutboxRow, row_id)
            row.status, row.reason, row.lease_until, row.sent_at = "sent", "", None, sent_at

    async def dropped(self, row_id: int, reason: str) -> None:
        """It is not true any more, or nobody can be told; it will not be sent."""
        async with self._db.write() as session:
            row = await session.get_one(OutboxRow, row_id)
            row.status, row.reason, row.lease_until = "dropped", reason, None

    async def again(self, row_id: int, delay: timedelta, reason: str) -> Literal["queued", "dead"]:
        """Try again after that real time; dead once it has been tried for three days."""
        async with self._db.write() as session:
            row = await session.get_one(OutboxRow, row_id)
            over = self._now() - row.created_at >= PATIENCE
            row.status = "dead" if over else "queued"
            row.reason, row.lease_until, row.not_before = reason, None, self._now() + delay
        return "dead" if over else "queued"

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
        """The notices that have left for that order: key and business time."""
        found = select(OutboxRow.key, OutboxRow.sent_at).where(
            OutboxRow.merchant == merchant, OutboxRow.order == order, OutboxRow.status == "sent"
        )
        async with self._db.read() as session:
            return {key: at for key, at in (await session.exec(found)).all() if at is not None}

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


def _ready(now: datetime) -> ColumnElement[bool]:
    free = or_(col(OutboxRow.lease_until).is_(None), col(OutboxRow.lease_until) < now)
    return and_(col(OutboxRow.status) == "queued", col(OutboxRow.not_before) <= now, free)
