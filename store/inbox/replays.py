"""Replays: deliveries that people have applied again, one by its number or many by a filter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.queue import LeasedQueue
from store.inbox.inbox import REPLAYABLE, Status
from store.tables.all import InboxRow

MAX_REPLAYED = 1000  # deliveries in one replay


@dataclass(frozen=True)
class InboxFilter:
    """Which deliveries: those that fulfil all that is given.

    since, until: when they came, real time.
    problem: how the reason begins.
    """

    status: Status = "dead"
    source: str | None = None
    problem: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Besides the status."""
        conditions: list[ColumnElement[bool]] = []
        if self.source is not None:
            conditions.append(col(InboxRow.source) == self.source)
        if self.problem is not None:
            conditions.append(col(InboxRow.reason).startswith(self.problem, autoescape=True))
        if self.since is not None:
            conditions.append(col(InboxRow.created_at) >= self.since)
        if self.until is not None:
            conditions.append(col(InboxRow.created_at) < self.until)
        return conditions


class InboxReplays:
    """Queues deliveries again whose body is kept. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._queue = LeasedQueue(db, InboxRow, now, waiting=["received"])

    async def count(self, merchant: str, wanted: InboxFilter) -> int:
        """How many a replay with this filter would queue, if there were no limit."""
        async with self._db.read_one() as session:
            return (await session.exec(select(func.count()).where(*_replayable(merchant, wanted)))).one()

    async def replay(self, merchant: str, wanted: InboxFilter) -> int:
        """Queue the oldest of them, at most MAX_REPLAYED, and return how many. One that is queued already stays as it is."""
        oldest = select(InboxRow.id).where(*_replayable(merchant, wanted)).order_by(col(InboxRow.id))
        async with self._db.write() as session:
            ids = (await session.exec(oldest.limit(MAX_REPLAYED).with_for_update())).all()
            return await self._queue.replay(session, col(InboxRow.id).in_(ids), parked_at=None) if ids else 0

    async def kept(self, ids: Sequence[int]) -> set[int]:
        """Those of these deliveries whose body is kept."""
        found = select(InboxRow.id).where(col(InboxRow.id).in_(ids), col(InboxRow.body) != b"")
        async with self._db.read_one() as session:
            return {row for row in (await session.exec(found)).all() if row is not None}


def _replayable(merchant: str, wanted: InboxFilter) -> list[ColumnElement[bool]]:
    ended = wanted.status if wanted.status in REPLAYABLE else None
    ours = [col(InboxRow.merchant) == merchant, col(InboxRow.status) == ended]
    return [*ours, col(InboxRow.body) != b"", *wanted.conditions()]
