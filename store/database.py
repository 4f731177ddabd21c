"""The database: one engine that writes, one that reads, and transactions that never lose an update."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from sqlalchemy import Connection, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

_WAIT = 30  # seconds a transaction waits for its turn to write
_PRAGMAS = (f"busy_timeout={_WAIT * 1000}", "synchronous=FULL")


class Database:
    """Gives transactions. `url`: an async SQLAlchemy URL such as `sqlite+aiosqlite:////data/smot.db`.

    On SQLite a writing transaction takes the write lock when it begins: read, decide, write is then safe. Two plain
    transactions that read the same row and both write would lose one update without any error.
    """

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            if ":memory:" in url:
                raise ValueError("an in-memory SQLite database cannot be shared by a reader and a writer")
            self.writer = _sqlite_engine(url, "BEGIN IMMEDIATE", (), pool_size=1, max_overflow=0)
            self.reader = _sqlite_engine(url, "BEGIN", ("query_only=ON",), pool_size=4, max_overflow=4)
        else:
            self.writer = self.reader = create_async_engine(url)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed at the end, rolled back on any exception. Never nest two."""
        async with AsyncSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A consistent view that never waits for writers; on SQLite an attempt to write in it fails."""
        async with AsyncSession(self.reader, expire_on_commit=False) as session:
            yield session

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def _sqlite_engine(url: str, begin: str, pragmas: tuple[str, ...], **pool: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_timeout=_WAIT, **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        connection.run_async(lambda driver: _set_up(driver, (*_PRAGMAS, *pragmas)))

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def _set_up(driver: aiosqlite.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        await driver.execute(f"PRAGMA {pragma}")
    for patience in range(100, 0, -1):
        try:
            await driver.execute("PRAGMA journal_mode=WAL")
            return
        except (
            sqlite3.OperationalError
        ):  # two that switch a new file at once are both told it is locked, without waiting
            if patience == 1:
                raise
            await asyncio.sleep(0.02)


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key is there; false when it was there already."""
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = await session.exec(insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1
