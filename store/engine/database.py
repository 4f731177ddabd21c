"""The database: one engine that writes, one that reads, and transactions that never lose an update."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, func, inspect
from sqlalchemy import select as select_values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.util.concurrency import greenlet_spawn
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.keys import advisory_lock_id
from store.engine.db_errors import DatabaseTimeout
from store.engine.engines import postgres_engines, sqlite_batch_runners, sqlite_engines, unpooled_engine
from store.engine.sqlite_batches import BatchRunner, Job
from store.engine.sqlite_driver import AUTOCOMMIT, INLINE

T = TypeVar("T")
_LOCK_POLL_INTERVAL = 0.05  # seconds between two tries to be alone


class Database:
    """Gives transactions. `url`: an async SQLAlchemy URL such as `sqlite+aiosqlite:////data/smot.db`.

    On SQLite a writing transaction takes the write lock when it begins: read, decide, write is then safe. On PostgreSQL
    whoever decides upon a row locks it first, and always in this order, so that nobody waits in a circle: advisory locks,
    order, its snapshot, a customer's budget, notices, merchant, deliveries; webhook endpoint, what goes to it; captured
    money, leg, credit lots; of a kind by number or name.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.writer, self.reader = (sqlite_engines if self.is_sqlite else postgres_engines)(url)
        self._write_batches: BatchRunner | None = None
        self._read_batches: BatchRunner | None = None
        if self.is_sqlite:
            self._write_batches, self._read_batches = sqlite_batch_runners(url)
        alone = {AUTOCOMMIT: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._autocommit_reader = self.reader.execution_options(**alone)
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

        `swift`: it consists of few statements by key and waits for nothing else. On SQLite it then gives up the loop only while
        it waits for the lock and while it commits, so that it has the lock for its own work and not for that of others.
        """
        engine = self._inline_writer if inline else self.writer
        try:
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except TimeoutError as silence:  # the driver's own word for it
            raise DatabaseTimeout from silence

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A consistent view of one moment that never waits for writers; an attempt to write in it fails."""
        try:
            async with AsyncSession(self.reader, expire_on_commit=False) as session:
                yield session
        except TimeoutError as silence:
            raise DatabaseTimeout from silence

    @asynccontextmanager
    async def read_one(self) -> AsyncIterator[AsyncSession]:
        """For a single statement that reads: without the frame of a transaction, which on a server is two more journeys."""
        try:
            async with AsyncSession(self._autocommit_reader, expire_on_commit=False) as session:
                yield session
        except TimeoutError as silence:
            raise DatabaseTimeout from silence

    async def fetch_row(self, statement: Executable, **parameters: Any) -> Any:
        """The first row of a question that was put together once, asked with these values; None when there is none.

        For what every request asks: no ORM and no frame of a transaction, and on SQLite one trip for all who ask just now.
        """
        if self._read_batches is not None:
            return await self._read_batches.run(lambda asked: asked.first(statement, **parameters))

        def ask() -> Any:
            with self._autocommit_reader.sync_engine.connect() as connection:
                return SqlAlchemyRunner(connection).first(statement, **parameters)

        return await _run_in_greenlet(ask)

    async def batched_write(self, job: Job[T]) -> T:
        """A short transaction that may write: what `errand` did is committed, or undone when it raises.

        On SQLite all who come at the same time share one transaction: one wait for the lock, one sync of the disk.
        """
        if self._write_batches is not None:
            return await self._write_batches.run(job)

        def do() -> T:
            with self.writer.sync_engine.begin() as connection:
                return job(SqlAlchemyRunner(connection))

        return await _run_in_greenlet(do)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """For as long as this lasts, no other process does the same; longer than a transaction may take.

        Held by a connection of its own: whoever dies lets go. SQLite has one process only, which has to see to itself.
        """
        if self.is_sqlite:
            yield
            return
        async with self._lock_engine.connect() as connection:
            mine = select_values(func.pg_try_advisory_lock(advisory_lock_id(name)))
            while not (await connection.execute(mine)).scalar_one():  # noqa: ASYNC110 - others are other processes
                await asyncio.sleep(_LOCK_POLL_INTERVAL)
            yield

    @asynccontextmanager
    async def shared(self, name: str, on_first: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """For as long as this lasts, others know that somebody does this. Whoever comes when nobody does begins by `first`.

        Held as `alone` is. Where the server was away meanwhile nobody is known to do it: `first` may be done beside us.
        """
        if self.is_sqlite:
            await on_first()
            yield
            return
        number = advisory_lock_id(name)
        async with self._lock_engine.connect() as connection:
            nobody = (await connection.execute(select_values(func.pg_try_advisory_lock(number)))).scalar_one()
            if nobody:
                await on_first()
            await connection.execute(select_values(func.pg_advisory_lock_shared(number)))
            if nobody:
                await connection.execute(select_values(func.pg_advisory_unlock(number)))
            yield

    async def close(self) -> None:
        for errands in (self._write_batches, self._read_batches):
            if errands is not None:
                await errands.close()
        await self.reader.dispose()
        await self.writer.dispose()


class SqlAlchemyRunner:
    """`Asking` on a connection of SQLAlchemy's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first(self, statement: Executable, /, **parameters: Any) -> Any:
        return self._connection.execute(statement, parameters).first()

    def execute(self, statement: Executable, /, **parameters: Any) -> int:
        return self._connection.execute(statement, parameters).rowcount


async def _run_in_greenlet(work: Callable[[], T]) -> T:
    """Run what uses the engines' own connections; it gives way wherever it waits for the database."""
    try:
        return await greenlet_spawn(work)
    except TimeoutError as silence:
        raise DatabaseTimeout from silence


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key is there; false when it was there already.

    Waits for another transaction that inserts the same; what that one wrote is seen afterwards.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = await session.exec(insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def upsert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table, or bring those that are there by their primary key up to this, in one statement."""
    table = inspect(type(rows[0])).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(table).values([row.model_dump() for row in rows])
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    await session.exec(fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed))


async def acquire_transaction_lock(session: AsyncSession, name: str) -> None:
    """From here to its end, no other transaction is in this part of the work; all on SQLite are alone already."""
    if session.get_bind().dialect.name == "postgresql":
        await (await session.connection()).execute(
            select_values(func.pg_advisory_xact_lock(advisory_lock_id(name)))
        )
