"""The database: one engine that writes, one that reads, and transactions that never lose an update."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, func, make_url
from sqlalchemy import select as select_values
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.keys import advisory_lock_id
from store.engine.commit_counter import CommitCounter
from store.engine.db_errors import DatabaseTimeout
from store.engine.engines import (
    postgres_batches,
    postgres_engines,
    sqlite_batches,
    sqlite_engines,
    truncate_log,
    unpooled_engine,
)
from store.engine.sqlite_driver import AUTOCOMMIT, INLINE

_LOCK_POLL_INTERVAL = 0.05  # seconds between two attempts to get an advisory lock


class Database:
    """Opens transactions. `url`: an async SQLAlchemy URL such as `sqlite+aiosqlite:////data/smot.db`.

    On SQLite a writing transaction takes the write lock when it begins, so that what it reads is still true when it writes.
    On PostgreSQL a transaction locks a row before it decides upon it. To avoid deadlocks, all transactions lock in this order,
    and rows of one kind by number or name:

    1. advisory locks; the order; its snapshot; the customer's frequency cap; notices; the merchant; inbox deliveries
    2. the webhook endpoint; its deliveries
    3. captured money; the leg; credit lots
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.writer, self.reader = (sqlite_engines if self.is_sqlite else postgres_engines)(url)
        self._commits = CommitCounter(Path(make_url(url).database or "")) if self.is_sqlite else None
        self._writes, self._reads = (sqlite_batches if self.is_sqlite else postgres_batches)(url)
        autocommit = {AUTOCOMMIT: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._autocommit_reader = self.reader.execution_options(**autocommit)
        self._inline_writer = (
            self.writer.execution_options(**{INLINE: True}) if self.is_sqlite else self.writer
        )
        self._lock_engine = self.writer if self.is_sqlite else unpooled_engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @asynccontextmanager
    async def write(self, *, inline: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed at the end, rolled back on any exception. Never nest two.

        inline: it has few statements, each by key, and awaits nothing else. On SQLite they then run in the event loop's thread,
        which is blocked meanwhile. So the write lock is held for this work only, not for that of other tasks.
        """
        engine = self._inline_writer if inline else self.writer
        try:
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except TimeoutError as error:  # raised by the driver
            raise DatabaseTimeout from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, all as of one moment. It never waits for writers; a write in it fails."""
        try:
            async with AsyncSession(self.reader, expire_on_commit=False) as session:
                yield session
        except TimeoutError as error:
            raise DatabaseTimeout from error

    @asynccontextmanager
    async def read_one(self) -> AsyncIterator[AsyncSession]:
        """For a single statement that reads. Without BEGIN and COMMIT, which on PostgreSQL are two more round trips."""
        try:
            async with AsyncSession(self._autocommit_reader, expire_on_commit=False) as session:
                yield session
        except TimeoutError as error:
            raise DatabaseTimeout from error

    async def fetch_row(self, statement: Executable, /, **parameters: Any) -> Any:
        """The first row of a prepared query with these values; None when there is none.

        For the queries of every request: without the ORM and a transaction. All that wait at the same time run in one batch.
        """
        return await self._reads.first(statement, parameters)

    async def fetch_rows(self, statement: Executable, /, **parameters: Any) -> list[Any]:
        """The same of a query that finds several rows, but few."""
        return await self._reads.rows(statement, parameters)

    async def write_one(self, statement: Executable, /, **parameters: Any) -> int:
        """Run a prepared statement that writes. Returns how many rows it wrote, once that is durable.

        Where it fails, it is undone, and nothing else with it. All that wait at the same time share one sync of the disk.
        """
        return await self._writes.execute(statement, parameters)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """A lock between processes, which may be held longer than a transaction may take.

        It belongs to a connection of its own, so a crashed process releases it. On SQLite there is only one process: no lock
        is taken, and the caller has to keep its own tasks apart.
        """
        if self.is_sqlite:
            yield
            return
        async with self._lock_engine.connect() as connection:
            acquire = select_values(func.pg_try_advisory_lock(advisory_lock_id(name)))
            while not (await connection.execute(acquire)).scalar_one():  # noqa: ASYNC110 - other processes hold it
                await asyncio.sleep(_LOCK_POLL_INTERVAL)
            yield

    @asynccontextmanager
    async def shared(self, name: str, on_first: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """A lock that several processes hold together. One that takes it while no other holds it runs `on_first` first.

        Held as `exclusive` is. When the server has restarted meanwhile, it does not know the holders any more: then another
        process may run `on_first` beside them.
        """
        if self.is_sqlite:
            await on_first()
            yield
            return
        number = advisory_lock_id(name)
        async with self._lock_engine.connect() as connection:
            is_first = (
                await connection.execute(select_values(func.pg_try_advisory_lock(number)))
            ).scalar_one()
            if is_first:
                await on_first()
            await connection.execute(select_values(func.pg_advisory_lock_shared(number)))
            if is_first:
                await connection.execute(select_values(func.pg_advisory_unlock(number)))
            yield

    def commit_number(self) -> int | None:
        """A number that changes with every commit, also of other processes; None where only a query tells (PostgreSQL).

        For the event loop's thread.
        """
        return self._commits.value() if self._commits is not None else None

    async def overwrite_deleted(self) -> None:
        """What was deleted leaves SQLite's log too, unless another connection reads it now; PostgreSQL has its vacuum."""
        if self.is_sqlite:
            await asyncio.to_thread(truncate_log, self.url)

    async def close(self) -> None:
        if self._commits is not None:
            self._commits.close()
        await self._writes.close()
        await self._reads.close()
        await self.reader.dispose()
        await self.writer.dispose()


async def acquire_transaction_lock(session: AsyncSession, name: str) -> None:
    """Until this transaction ends, no other one holds this lock. On SQLite there is only one writing transaction anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await (await session.connection()).execute(
            select_values(func.pg_advisory_xact_lock(advisory_lock_id(name)))
        )
