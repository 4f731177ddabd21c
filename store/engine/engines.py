"""Engines: how each kind of database is connected to, and how long anybody waits for it."""

import asyncio
import sqlite3
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from store.engine.db_errors import cannot_connect
from store.engine.sqlite_batches import BatchRunner
from store.engine.sqlite_driver import BEGIN_IMMEDIATE, LOCK_TIMEOUT, install_driver

_PRAGMAS = ("synchronous=FULL",)
_READER_PRAGMAS = (f"busy_timeout={LOCK_TIMEOUT * 1000}", "query_only=ON")
_WRITER_PRAGMAS = ("busy_timeout=0",)  # it waits for its turn by itself
_CONNECT_TIMEOUT = 5.0  # seconds
_COMMAND_TIMEOUT = LOCK_TIMEOUT + 5.0  # for an answer; a server that is well gives up by itself before
_POOL_SIZE = 15  # connections a process keeps to PostgreSQL, and as many again in a rush
_SERVER_SETTINGS = {
    "application_name": "smot",
    "statement_timeout": f"{LOCK_TIMEOUT}s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


def sqlite_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One that writes, taking the write lock when it begins, and one that cannot write."""
    if ":memory:" in url:
        raise ValueError("an in-memory SQLite database cannot be shared by a reader and a writer")
    writer = _sqlite(url, BEGIN_IMMEDIATE, _WRITER_PRAGMAS, pool_size=1, max_overflow=0)
    return writer, _sqlite(url, "BEGIN", _READER_PRAGMAS, pool_size=8, max_overflow=0)


def sqlite_batch_runners(url: str) -> tuple[BatchRunner, BatchRunner]:
    """Those that write, and those that cannot."""
    file = make_url(url).database or ""
    return (
        BatchRunner(file, (*_PRAGMAS, *_WRITER_PRAGMAS), writes=True),
        BatchRunner(file, (*_PRAGMAS, *_READER_PRAGMAS), writes=False),
    )


def _sqlite(url: str, begin: str, pragmas: tuple[str, ...], **pool: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_timeout=LOCK_TIMEOUT, hide_parameters=True, **pool)

    install_driver(engine, begin)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        connection.run_async(lambda driver: _set_up(driver, (*_PRAGMAS, *pragmas)))

    return engine


async def _set_up(driver: aiosqlite.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        await _run(driver, f"PRAGMA {pragma}")
    for patience in range(100, 0, -1):
        try:
            await _run(driver, "PRAGMA journal_mode=WAL")
            return
        except (
            sqlite3.OperationalError
        ):  # two that switch a new file at once are both told it is locked, without waiting
            if patience == 1:
                raise
            await asyncio.sleep(0.02)


async def _run(driver: aiosqlite.Connection, statement: str) -> None:
    """A statement that stays open would lock tables for those that come after it."""
    async with driver.execute(statement):
        pass


def postgres_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One that writes (READ COMMITTED, rows are locked by name) and one that reads a single moment, on one pool."""
    engine = _postgres(
        make_url(url),
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        pool_timeout=LOCK_TIMEOUT / 3,
        pool_use_lifo=True,
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine, reader


def long_running_engine(url: str) -> AsyncEngine:
    """For one connection that is held for long, such as a migration's: no statement of it is cut short."""
    return _postgres(make_url(url), long_running=True, pool_size=1, max_overflow=0)


def unpooled_engine(url: str) -> AsyncEngine:
    """Each connection is its user's alone and is closed after use; every statement is a transaction of its own."""
    return _postgres(make_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _postgres(url: URL, *, long_running: bool = False, **options: Any) -> AsyncEngine:
    name = url.render_as_string(hide_password=False).replace("+asyncpg", "", 1)
    settings = (
        {**_SERVER_SETTINGS, "statement_timeout": "0", "lock_timeout": "60s"}
        if long_running
        else _SERVER_SETTINGS
    )
    patience = None if long_running else _COMMAND_TIMEOUT

    async def connect() -> Any:
        try:
            return await asyncpg.connect(
                name, timeout=_CONNECT_TIMEOUT, command_timeout=patience, server_settings=settings
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            raise cannot_connect(url, problem) from None

    engine = create_async_engine(url, async_creator=connect, hide_parameters=True, **options)

    @event.listens_for(engine.sync_engine, "checkout")
    def _alive(connection: Any, _record: Any, _proxy: Any) -> None:
        """The driver knows at once, without asking, when a server has gone: that connection is replaced."""
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine
