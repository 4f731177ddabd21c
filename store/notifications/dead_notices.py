"""Notices that could not be sent: found by a filter, to be listed and sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from store.engine.database import Database
from store.engine.paging import Page
from store.notifications.outbox import Outbox, Status
from store.tables.all import OutboxRow

MAX_REPLAYED = 500  # notices in one replay


@dataclass(frozen=True)
class NoticeFilter:
    """Which notices: those that fulfil all that is given.

    since, until: when they were queued, real time.
    problem: how the reason begins.
    """

    status: Status = "dead"
    kind: str | None = None
    problem: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Besides the status."""
        conditions: list[ColumnElement[bool]] = []
        if self.kind is not None:
            conditions.append(col(OutboxRow.kind) == self.kind)
        if self.problem is not None:
            conditions.append(col(OutboxRow.reason).startswith(self.problem, autoescape=True))
        if self.since is not None:
            conditions.append(col(OutboxRow.created_at) >= self.since)
        if self.until is not None:
            conditions.append(col(OutboxRow.created_at) < self.until)
        return conditions


@dataclass(frozen=True)
class DeadNotices:
    """Reads of the outbox by a filter, and replays of what is dead in it."""

    db: Database
    outbox: Outbox

    async def page(
        self, merchant: str, wanted: NoticeFilter, *, limit: int, cursor: str | None = None
    ) -> Page[OutboxRow]:
        """Oldest first. Raises BadCursor."""
        more = wanted.conditions()
        return await self.outbox.page(merchant, wanted.status, *more, limit=limit, cursor=cursor)

    async def count(self, merchant: str, wanted: NoticeFilter) -> int:
        """How many there are."""
        async with self.db.read_one() as session:
            return (await session.exec(select(func.count()).where(*_all(merchant, wanted)))).one()

    async def replay(self, merchant: str, wanted: NoticeFilter) -> int:
        """Queue the oldest dead ones, at most MAX_REPLAYED, each in a transaction of its own; returns how many."""
        queued = 0
        for row_id in await self._oldest(merchant, wanted):
            queued += await self.outbox.replay(merchant, row_id)
        return queued

    async def _oldest(self, merchant: str, wanted: NoticeFilter) -> Sequence[int]:
        oldest = select(OutboxRow.id).where(*_all(merchant, wanted)).order_by(col(OutboxRow.id))
        async with self.db.read_one() as session:
            rows = (await session.exec(oldest.limit(MAX_REPLAYED))).all()
        return [row for row in rows if row is not None]


def _all(merchant: str, wanted: NoticeFilter) -> list[ColumnElement[bool]]:
    ours = [col(OutboxRow.merchant) == merchant, col(OutboxRow.status) == wanted.status]
    return [*ours, *wanted.conditions()]
