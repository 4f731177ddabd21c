"""Engines: how smot connects to SQLite and PostgreSQL, and how long it waits for them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from store.engine.db_errors import DRIVER_ERRORS, cannot_connect
from store.engine.postgresql_batches import PostgresqlBatches
from store.engine.prepared_statements import StatementRunner
from store.engine.sqlite_batches import SqliteBatches
from store.engine.sqlite_driver import BEGIN_IMMEDIATE, LOCK_TIMEOUT, install_driver
from store.engine.sqlite_reads import SqliteReads

_PRAGMAS = ("synchronous=FULL", "secure_delete=ON")  # what is deleted is overwritten, not only unlinked
_READER_PRAGMAS = (f"busy_timeout={LOCK_TIMEOUT * 1000}", "query_only=ON")
_WRITER_PRAGMAS = ("busy_timeout=0",)  # `begin_immediate` waits for the lock instead
_TRUNCATE_TIMEOUT = 1.0  # seconds; writers wait meanwhile
_CONNECT_TIMEOUT = 5.0  # seconds
_COMMAND_TIMEOUT = LOCK_TIMEOUT + 5.0  # seconds; longer than a server that works takes to give up by itself
_POOL_SIZE = 13  # connections that a process keeps to PostgreSQL; under load it opens as many again
_BATCHES = 2  # connections beside them for batched queries, and as many for batched writes
_SERVER_SETTINGS = {
    "application_name": "smot",
    "statement_timeout": f"{LOCK_TIMEOUT}s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


def sqlite_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """An engine that writes and takes the write lock when it begins, and an engine that cannot write."""
    if ":memory:" in url:
        raise ValueError("an in-memory SQLite database cannot be shared by a reader and a writer")
    writer = _sqlite(url, BEGIN_IMMEDIATE, _WRITER_PRAGMAS, pool_size=1, max_overflow=0)
    return writer, _sqlite(url, "BEGIN", _READER_PRAGMAS, pool_size=8, max_overflow=0)


def sqlite_batches(url: str) -> tuple[StatementRunner, StatementRunner]:
    """One that writes, and one that cannot write."""
    file = make_url(url).database or ""
    return (
        SqliteBatches(file, (*_PRAGMAS, *_WRITER_PRAGMAS), writes=True),
        SqliteReads(file, _PRAGMAS),
    )


def truncate_log(url: str) -> None:
    """Write SQLite's log back into the file and empty it; nothing happens while another connection reads from it."""
    with closing(sqlite3.connect(make_url(url).database or "", timeout=_TRUNCATE_TIMEOUT)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


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
    for attempts_left in range(100, 0, -1):
        try:
            await _run(driver, "PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            # SQLite does not wait here: of two connections that switch a new file at once, both get "locked".
            if attempts_left == 1:
                raise
            await asyncio.sleep(0.02)


async def _run(driver: aiosqlite.Connection, statement: str) -> None:
    """Run the statement and close it. One that stays open would lock tables for the statements after it."""
    async with driver.execute(statement):
        pass


def postgres_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """An engine that writes (READ COMMITTED: transactions lock rows) and one that reads as of one moment, on one pool."""
    engine = _postgres(
        make_url(url),
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        pool_timeout=LOCK_TIMEOUT / 3,
        pool_use_lifo=True,
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine, reader


def postgres_batches(url: str) -> tuple[StatementRunner, StatementRunner]:
    """One that writes, and one that cannot write."""
    target, read_only = make_url(url), {"default_transaction_read_only": "on"}
    return (
        PostgresqlBatches(_connecting(target, _SERVER_SETTINGS, _COMMAND_TIMEOUT), _BATCHES),
        PostgresqlBatches(_connecting(target, _SERVER_SETTINGS | read_only, _COMMAND_TIMEOUT), _BATCHES),
    )


def long_running_engine(url: str) -> AsyncEngine:
    """For one connection that is held for long, such as that of a migration: its statements have no timeout."""
    return _postgres(make_url(url), long_running=True, pool_size=1, max_overflow=0)


def unpooled_engine(url: str) -> AsyncEngine:
    """An engine without a pool: a connection is closed after use. Every statement is a transaction of its own."""
    return _postgres(make_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _postgres(url: URL, *, long_running: bool = False, **options: Any) -> AsyncEngine:
    settings = (
        {**_SERVER_SETTINGS, "statement_timeout": "0", "lock_timeout": "60s"}
        if long_running
        else _SERVER_SETTINGS
    )
    connect = _connecting(url, settings, None if long_running else _COMMAND_TIMEOUT)
    engine = create_async_engine(url, async_creator=connect, hide_parameters=True, **options)

    @event.listens_for(engine.sync_engine, "checkout")
    def _usable(connection: Any, _record: Any, _proxy: Any) -> None:
        """Replace a connection whose server has gone, or that was left in a transaction; the driver knows it without a query.

        That is so after a BEGIN or ROLLBACK without an answer. The next transaction would be a part of that one, and be lost.
        """
        driver = connection.driver_connection
        if driver.is_closed() or driver._top_xact is not None or driver.is_in_transaction():
            raise DisconnectionError

    return engine


def _connecting(
    url: URL, settings: Mapping[str, str], timeout: float | None
) -> Callable[[], Awaitable[asyncpg.Connection]]:
    """Opens a connection with these settings, whose statements have so many seconds. It raises CannotConnect."""
    name = url.render_as_string(hide_password=False).replace("+asyncpg", "", 1)

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                name, timeout=_CONNECT_TIMEOUT, command_timeout=timeout, server_settings=dict(settings)
            )
        except DRIVER_ERRORS as problem:
            raise cannot_connect(url, problem) from None

    return connect
