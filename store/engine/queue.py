"""A leased queue: rows of a table that several processes work off, each row by one process at a time.

A process claims rows, and so gets a lease on them: until it ends no other process claims them. What a crashed process had
claimed is claimed by another one when the lease is over. So a row may be worked on twice; every effect has a key of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Executable, Update, bindparam, inspect
from sqlalchemy import select as select_columns
from sqlalchemy.orm import Mapped
from sqlmodel import Field, SQLModel, and_, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from store.engine.columns import UtcDateTime
from store.engine.database import Database
from store.engine.direct_statements import write

LEASE = timedelta(seconds=60)  # several times as long as the work on one row may take
AT: BindParameter[datetime] = bindparam("at")  # real time, in statements that are made once


class QueueRow(SQLModel):
    """The columns of a queue; its table inherits them. All times are real time.

    status: waiting, or how the work on it ended.
    reason: why it failed, waits or ended so; empty for none.
    attempts: how often it was claimed since it was queued.
    created_at: when it was queued.
    not_before: when the next attempt is due.
    lease_until: the end of the lease; None while no process holds the row.
    """

    status: str = "queued"
    reason: str = ""
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


R = TypeVar("R", bound=QueueRow)


class LeasedQueue(Generic[R]):
    """The rows of one table. Functions with a session work inside the caller's transaction, the others in their own.

    waiting: the statuses of rows that may be claimed; the first one is that of a row that is queued again.
    now: real time.
    """

    def __init__(
        self, db: Database, table: type[R], now: Callable[[], datetime], waiting: Sequence[str] = ("queued",)
    ) -> None:
        self._db, self._table, self._now, self._waiting = db, table, now, tuple(waiting)
        key = inspect(table).primary_key
        self._any_due: Executable = select_columns(*key).where(self.is_due(AT)).limit(1)

    def is_due(self, at: datetime | BindParameter[datetime] | None = None) -> ColumnElement[bool]:
        """Whether a row waits, its next attempt is due, and no process holds it. `at`: at another time than now."""
        now, table = self._now() if at is None else at, self._table
        waits = or_(*(col(table.status) == one for one in self._waiting))
        free = or_(col(table.lease_until).is_(None), col(table.lease_until) < now)
        return and_(waits, col(table.not_before) <= now, free)

    async def claim(self, due: SelectOfScalar[R], *, inline: bool = False) -> list[R]:
        """Lease the rows of this query. Takes no write lock when there are none. `inline`: see `Database.write`."""
        if not await self.is_any_due() or not await self.has_any(due):
            return []
        async with self._db.write(inline=inline) as session:
            return self.lease(await self.lock(session, due))

    async def is_any_due(self) -> bool:
        """Whether any row of the table is due. The loops look often and seldom find one: it costs least of all queries."""
        return await self._db.fetch_row(self._any_due, at=self._now()) is not None

    async def due_values(self, column: Mapped[str]) -> list[str]:
        """The values of this column, in its order, of which a row is due. Takes no write lock.

        Each value is looked up after the one before (a loose index scan), so that it costs the same however many rows of a value
        are due. Needs an index on the status and the column.
        """
        if not await self.is_any_due():
            return []
        first = select(column).where(self.is_due()).order_by(column).limit(1).scalar_subquery()
        found = select(first.label("value")).cte("found", recursive=True)
        after = select(column).where(self.is_due(), column > found.c.value).order_by(column).limit(1)
        found = found.union_all(
            select(after.correlate(found).scalar_subquery()).where(found.c.value.is_not(None))
        )
        async with self._db.read() as session:
            values = (await session.exec(select(found.c.value))).all()
        return [value for value in values if value is not None]

    async def has_any(self, due: SelectOfScalar[R], **parameters: Any) -> bool:
        """Whether the query has a row."""
        async with self._db.read_one() as session:
            return (await session.exec(due.limit(1), params=parameters)).first() is not None

    async def lock(self, session: AsyncSession, due: SelectOfScalar[R], **parameters: Any) -> list[R]:
        """The rows of this query, locked; without those that another transaction has locked."""
        locked = due.with_for_update(skip_locked=True)
        return [*(await session.exec(locked, params=parameters)).all()]

    def lease(self, rows: list[R]) -> list[R]:
        """Begin an attempt on these locked rows."""
        until = self.lease_end()
        for row in rows:
            row.lease_until, row.attempts = until, row.attempts + 1
        return rows

    def lease_end(self) -> datetime:
        """The end of a lease that begins now."""
        return self._now() + LEASE

    def holds_lease(self, row: R) -> bool:
        """Whether the lease on a claimed row still runs. Does not look into the table."""
        return row.lease_until is not None and self._now() < row.lease_until

    async def release_leases(self) -> None:
        """End all leases. Only for the one dispatcher there is, when it starts after the one before has crashed."""
        leased = update(self._table).where(col(self._table.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def update_if_ours(self, session: AsyncSession, row: R, **values: object) -> bool:
        """Change a claimed row; False, and nothing changed, when another process has claimed it since."""
        names = _key_names(self._table)
        keys = {f"this_{name}": getattr(row, name) for name in names}
        new = {f"new_{name}": value for name, value in values.items()}
        statement = _update_of(self._table, tuple(values))
        return await write(session, statement, {**keys, **new, "lease": row.lease_until}) == 1

    async def retry_later(
        self, session: AsyncSession, row: R, delay: timedelta, reason: str, **values: object
    ) -> bool:
        """End the attempt: the next one is due after `delay`. False as `update_if_ours`."""
        later = {"reason": reason, "not_before": self._now() + delay, "lease_until": None, **values}
        return await self.update_if_ours(session, row, **later)

    async def dead_letter(self, session: AsyncSession, row: R, reason: str, **values: object) -> bool:
        """Give the row up: people see it as dead, and may replay it. False as `update_if_ours`."""
        dead = {"status": "dead", "reason": reason, "lease_until": None, **values}
        return await self.update_if_ours(session, row, **dead)

    async def replay(self, session: AsyncSession, ended: ColumnElement[bool], **values: object) -> int:
        """Queue the rows again that fulfil this condition, with all their attempts; returns how many."""
        fresh = {
            "status": self._waiting[0], "attempts": 0, "not_before": self._now(), "lease_until": None, **values
        }  # fmt: skip
        return (await session.exec(update(self._table).where(ended).values(**fresh))).rowcount

    def is_row(self, row: R) -> ColumnElement[bool]:
        """Whether it is this row, by its primary key."""
        return and_(*(getattr(self._table, key) == getattr(row, key) for key in _key_names(self._table)))


@cache
def _key_names(table: type[QueueRow]) -> list[str]:
    return [str(column.key) for column in inspect(table).primary_key]


@cache
def _update_of(table: type[QueueRow], changed: tuple[str, ...]) -> Update:
    """Sets these columns of a row whose lease is still the one that its holder knows. To make it costs more than to run it."""
    columns = inspect(table).local_table.c
    these = (columns[name] == bindparam(f"this_{name}") for name in _key_names(table))
    ours = columns.lease_until.is_not_distinct_from(bindparam("lease"))
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
    return update(inspect(table).local_table).where(*these, ours).values(values)


def backoff(attempts: int, longest: timedelta) -> timedelta:
    """The wait after that many attempts: 2, 4, 8 … seconds, at most `longest`."""
    return min(timedelta(seconds=2 ** min(attempts, 16)), longest)


def waits_untried(table: type[QueueRow], status: str) -> ColumnElement[bool]:
    """Whether a row has that status and either its first attempt is still to come or a process works on it."""
    untried = or_(col(table.attempts) == 0, col(table.lease_until).is_not(None))
    return and_(col(table.status) == status, untried)
