"""The database: one engine that writes, one that reads, and transactions that never lose an update."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, func, inspect
from sqlalchemy import select as select_values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.util.concurrency import greenlet_spawn
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engines import postgres_engines, sqlite_engines, sqlite_errands, unpooled_engine
from store.errands import Errand, Errands
from store.sqlite_driver import ALONE, SWIFT
from store.trouble import NoAnswer

T = TypeVar("T")
_LOOK_AGAIN = 0.05  # seconds between two tries to be alone


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
        self._writing: Errands | None = None
        self._asking: Errands | None = None
        if self.is_sqlite:
            self._writing, self._asking = sqlite_errands(url)
        alone = {ALONE: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._looker = self.reader.execution_options(**alone)
        self._swift = self.writer.execution_options(**{SWIFT: True}) if self.is_sqlite else self.writer
        self._held = self.writer if self.is_sqlite else unpooled_engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @asynccontextmanager
    async def write(self, *, swift: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed at the end, rolled back on any exception. Never nest two.

        `swift`: it consists of few statements by key and waits for nothing else. On SQLite it then gives up the loop only while
        it waits for the lock and while it commits, so that it has the lock for its own work and not for that of others.
        """
        engine = self._swift if swift else self.writer
        try:
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except TimeoutError as silence:  # the driver's own word for it
            raise NoAnswer from silence

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A consistent view of one moment that never waits for writers; an attempt to write in it fails."""
        try:
            async with AsyncSession(self.reader, expire_on_commit=False) as session:
                yield session
        except TimeoutError as silence:
            raise NoAnswer from silence

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncSession]:
        """For a single statement that reads: without the frame of a transaction, which on a server is two more journeys."""
        try:
            async with AsyncSession(self._looker, expire_on_commit=False) as session:
                yield session
        except TimeoutError as silence:
            raise NoAnswer from silence

    async def row(self, question: Executable, **named: Any) -> Any:
        """The first row of a question that was put together once, asked with these values; None when there is none.

        For what every request asks: no ORM and no frame of a transaction, and on SQLite one trip for all who ask just now.
        """
        if self._asking is not None:
            return await self._asking.run(lambda asked: asked.first(question, **named))

        def ask() -> Any:
            with self._looker.sync_engine.connect() as connection:
                return Asked(connection).first(question, **named)

        return await _in_one_go(ask)

    async def brief(self, errand: Errand[T]) -> T:
        """A short transaction that may write: what `errand` did is committed, or undone when it raises.

        On SQLite all who come at the same time share one transaction: one wait for the lock, one sync of the disk.
        """
        if self._writing is not None:
            return await self._writing.run(errand)

        def do() -> T:
            with self.writer.sync_engine.begin() as connection:
                return errand(Asked(connection))

        return await _in_one_go(do)

    @asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[None]:
        """For as long as this lasts, no other process does the same; longer than a transaction may take.

        Held by a connection of its own: whoever dies lets go. SQLite has one process only, which has to see to itself.
        """
        if self.is_sqlite:
            yield
            return
        async with self._held.connect() as connection:
            mine = select_values(func.pg_try_advisory_lock(lock_number(what)))
            while not (await connection.execute(mine)).scalar_one():  # noqa: ASYNC110 - others are other processes
                await asyncio.sleep(_LOOK_AGAIN)
            yield

    @asynccontextmanager
    async def taking_part(self, what: str, first: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """For as long as this lasts, others know that somebody does this. Whoever comes when nobody does begins by `first`.

        Held as `alone` is. Where the server was away meanwhile nobody is known to do it: `first` may be done beside us.
        """
        if self.is_sqlite:
            await first()
            yield
            return
        number = lock_number(what)
        async with self._held.connect() as connection:
            nobody = (await connection.execute(select_values(func.pg_try_advisory_lock(number)))).scalar_one()
            if nobody:
                await first()
            await connection.execute(select_values(func.pg_advisory_lock_shared(number)))
            if nobody:
                await connection.execute(select_values(func.pg_advisory_unlock(number)))
            yield

    async def close(self) -> None:
        for errands in (self._writing, self._asking):
            if errands is not None:
                await errands.close()
        await self.reader.dispose()
        await self.writer.dispose()


class Asked:
    """`Asking` on a connection of SQLAlchemy's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first(self, question: Executable, /, **named: Any) -> Any:
        return self._connection.execute(question, named).first()

    def change(self, statement: Executable, /, **named: Any) -> int:
        return self._connection.execute(statement, named).rowcount


async def _in_one_go(work: Callable[[], T]) -> T:
    """Run what uses the engines' own connections; it gives way wherever it waits for the database."""
    try:
        return await greenlet_spawn(work)
    except TimeoutError as silence:
        raise NoAnswer from silence


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key is there; false when it was there already.

    Waits for another transaction that inserts the same; what that one wrote is seen afterwards.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = await session.exec(insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def put_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table, or bring those that are there by their primary key up to this, in one statement."""
    table = inspect(type(rows[0])).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(table).values([row.model_dump() for row in rows])
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    await session.exec(fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed))


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """From here to its end, no other transaction is in this part of the work; all on SQLite are alone already."""
    if session.get_bind().dialect.name == "postgresql":
        await (await session.connection()).execute(
            select_values(func.pg_advisory_xact_lock(lock_number(what)))
        )


def lock_number(what: str) -> int:
    """The number of an advisory lock; two names may share one, which costs time and nothing else."""
    return zlib.crc32(f"smot/{what}".encode())
