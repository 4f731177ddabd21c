"""SQLite with fewer calls into the driver's thread: one for a statement, its rows and the beginning of its transaction.

SQLAlchemy's adapter makes four calls for a statement (make a cursor, execute, fetch, close), and each costs more than a short
query itself. Here a statement is one call, and BEGIN goes with the first statement of its transaction.

In a busy process each call is a wait, and a transaction that waits while it holds the write lock makes all processes wait.
So a transaction of few statements by key (INLINE) makes no such call between its beginning and its commit: its statements run
in the event loop's thread, where each takes less time than a call would.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

AUTOCOMMIT = "smot_autocommit"  # an execution option: each statement is a transaction of its own
INLINE = "smot_inline"  # an execution option: once the transaction has the lock, its statements run in the event loop's thread
LOCK_TIMEOUT = 30  # seconds that a transaction waits for the write lock
BEGIN_IMMEDIATE = "BEGIN IMMEDIATE"
_LOCK_POLL_INTERVAL = 0.001  # seconds between two attempts to get it; SQLite's own waiting polls every 100 ms


class _StatementResult(NamedTuple):
    """What SQLAlchemy asks of a cursor after a statement has run and its rows are fetched."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Nothing to do: the driver's cursor was closed in the same call."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that runs a statement in one call into the driver's thread."""

    _awaitable_cursor_close = False
    _adapt_connection: "_Connection"

    def __init__(self, adapt_connection: "_Connection") -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = _StatementResult()  # type: ignore[assignment]
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(lambda cursor: cursor.execute(operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _run(self, work: Callable[[sqlite3.Cursor], object]) -> None:
        result, rows = await self._adapt_connection.run_statement(lambda driver: _run_and_fetch(driver, work))
        self._cursor, self._rows = result, deque(rows)


def begin_immediate(driver: sqlite3.Connection) -> None:
    """Begin a transaction with the write lock. Raises sqlite3.OperationalError when it is not free within LOCK_TIMEOUT.

    For connections without `busy_timeout`. Transactions hold the lock for some milliseconds only, so it polls often.
    """
    until = time.monotonic() + LOCK_TIMEOUT
    while not try_begin_immediate(driver):
        if time.monotonic() > until:
            driver.execute(BEGIN_IMMEDIATE).close()
            return
        time.sleep(_LOCK_POLL_INTERVAL)


def try_begin_immediate(driver: sqlite3.Connection) -> bool:
    """Begin a transaction with the write lock; False when another one holds it. Raises sqlite3.Error for all else."""
    try:
        driver.execute(BEGIN_IMMEDIATE).close()
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _run_and_fetch(
    driver: sqlite3.Connection, work: Callable[[sqlite3.Cursor], object]
) -> tuple[_StatementResult, Sequence[Any]]:
    cursor = driver.cursor()
    try:
        work(cursor)
        rows = cursor.fetchall() if cursor.description else ()
        return _StatementResult(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection whose transactions begin with their first statement. `begin`: `BEGIN` or `BEGIN IMMEDIATE`."""

    _cursor_cls = _Cursor  # type: ignore[assignment]

    def __init__(self, dbapi: Any, connection: aiosqlite.Connection, begin: str) -> None:
        super().__init__(dbapi, connection)  # type: ignore[arg-type]
        self._begin = begin
        self._begin_pending = self._has_begun = self._inline = False

    def schedule_begin(self, *, inline: bool) -> None:
        self._begin_pending, self._inline = True, inline

    async def run_statement(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run it in its transaction, which may have to begin first.

        In the driver's thread, or in this one when the transaction is INLINE and has the lock.
        """
        here = self._inline and (self._has_begun or self._try_begin_inline())
        begin = self._begin if self._begin_pending and not here else None
        self._has_begun, self._begin_pending = self._has_begun or self._begin_pending, False

        def with_beginning(driver: sqlite3.Connection) -> Any:
            if begin == BEGIN_IMMEDIATE:
                begin_immediate(driver)
            elif begin is not None:
                driver.execute(begin).close()
            return work(driver)

        driver: Any = self._connection
        async with self._execute_mutex:
            if here:
                return work(driver._conn)
            return await driver._execute(lambda: with_beginning(driver._conn))

    def _try_begin_inline(self) -> bool:
        """Begin in this thread when the lock is free; else the driver's thread waits for it."""
        driver: Any = self._connection
        return self._begin_pending and try_begin_immediate(driver._conn)

    def rollback(self) -> None:
        if self._end_transaction():
            super().rollback()

    def commit(self) -> None:
        if self._end_transaction():
            super().commit()

    def _end_transaction(self) -> bool:
        """False when no statement ran since the last end: the pool asks for a rollback after each commit too."""
        began, self._begin_pending, self._has_begun = self._has_begun, False, False
        return began


def install_driver(engine: AsyncEngine, begin: str) -> None:
    """Make the engine's connections of this kind; each of its transactions begins with the statement `begin`."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> _Connection:
        driver = aiosqlite.connect(*arguments, **{**options, "check_same_thread": False})
        driver._thread.daemon = True  # as SQLAlchemy does: a process may end without closing the connection
        return _Connection(dialect.dbapi, await_(driver), begin)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(AUTOCOMMIT) is None:
            adapted: Any = connection.connection.dbapi_connection
            adapted.schedule_begin(inline=options.get(INLINE) is not None)
