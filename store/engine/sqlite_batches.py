"""Batches of short statements on SQLite, for the few queries and inserts of every request.

A thread with a connection of its own runs them. Statements that wait when it is free run as the next batch, and the writes of a
batch are one transaction: one wait for the lock and one sync of the disk for many callers (group commit).
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from queue import SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from store.engine.prepared_statements import CompiledStatement, StatementCompiler
from store.engine.sqlite_driver import LOCK_TIMEOUT, begin_immediate

COMPILER = StatementCompiler(sqlite.dialect())


class _StatementOutcome(NamedTuple):
    """What a statement gave: its rows, and how many it wrote."""

    rows: list[tuple[Any, ...]]
    rowcount: int


class _SqliteRun(NamedTuple):
    """A statement that waits, with its values."""

    text: str
    values: list[Any]
    future: asyncio.Future[_StatementOutcome]


class _Batch(NamedTuple):
    """Statements that run together. Their futures get results when the whole batch has ended."""

    loop: asyncio.AbstractEventLoop
    runs: list[_SqliteRun]


class SqliteBatches:
    """A thread that runs statements in the order in which they came. `writes`: a batch is a transaction with the write lock.

    When a statement fails, only it is undone, and its caller gets the exception. When the commit fails, the callers of all
    statements of the batch get that exception.
    """

    def __init__(self, file: str, pragmas: Iterable[str], *, writes: bool) -> None:
        self._file, self._pragmas, self._writes = file, tuple(pragmas), writes
        self._queued: list[_SqliteRun] = []
        self._in_flight = False
        self._thread: threading.Thread | None = None
        self._batches: SimpleQueue[_Batch | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None

    async def first(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        """See `StatementRunner`."""
        compiled = COMPILER.compiled(statement, parameters)
        result = await self._run(compiled, parameters)
        return compiled.row(result.rows[0]) if result.rows else None

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """See `StatementRunner`."""
        compiled = COMPILER.compiled(statement, parameters)
        return [compiled.row(row) for row in (await self._run(compiled, parameters)).rows]

    async def execute(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """See `StatementRunner`."""
        return (await self._run(COMPILER.compiled(statement, parameters), parameters)).rowcount

    async def _run(self, compiled: CompiledStatement, parameters: Mapping[str, Any]) -> _StatementOutcome:
        """When the caller is cancelled before the batch starts, the statement does not run."""
        loop = asyncio.get_running_loop()
        run = _SqliteRun(compiled.text, compiled.values(parameters), loop.create_future())
        self._queued.append(run)
        if not self._in_flight:
            self._in_flight = True
            loop.call_soon(
                self._flush, loop
            )  # after the tasks that are ready now: their statements join the batch
        return await run.future

    async def close(self) -> None:
        """See `StatementRunner`."""
        if self._thread is not None:
            self._batches.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = [run for run in self._queued if not run.future.cancelled()]
        self._queued = []
        self._in_flight = bool(waiting)
        if not waiting:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_loop, name="sqlite-batches", daemon=True)
            self._thread.start()
        self._batches.put(_Batch(loop, waiting))

    def _deliver_results(self, batch: _Batch, outcomes: list[_StatementOutcome | BaseException]) -> None:
        """Give the results to the callers, in the event loop, and start the next batch."""
        for run, outcome in zip(batch.runs, outcomes, strict=True):
            if run.future.done():
                continue  # its caller was cancelled
            if isinstance(outcome, BaseException):
                run.future.set_exception(outcome)
            else:
                run.future.set_result(outcome)
        self._flush(batch.loop)

    # In the thread:

    def _run_loop(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                outcomes = self._run_batch(batch.runs)
            except BaseException as problem:  # noqa: BLE001 - raised to the callers
                outcomes = [problem] * len(batch.runs)
            if not batch.loop.is_closed():
                batch.loop.call_soon_threadsafe(self._deliver_results, batch, outcomes)
        if self._connection is not None:
            self._connection.close()
            self._connection = None  # another thread would open its own

    def _run_batch(self, runs: list[_SqliteRun]) -> list[_StatementOutcome | BaseException]:
        """For each statement its result or exception. Raises when the whole batch failed."""
        try:
            driver = self._connection = self._connection or open_connection(self._file, self._pragmas)
            if not self._writes:
                return [_attempt(driver, run) for run in runs]
            begin_immediate(driver)
            try:
                outcomes = [_attempt_in_transaction(driver, run) for run in runs]
                driver.execute("COMMIT")
            except BaseException:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                raise
            return outcomes
        except sqlite3.Error as problem:
            raise as_dbapi_error(problem) from problem


def open_connection(file: str, pragmas: Iterable[str], timeout: float = LOCK_TIMEOUT) -> sqlite3.Connection:
    """A connection of the driver that begins no transaction by itself. `timeout`: seconds that it waits where all is locked."""
    driver = sqlite3.connect(file, timeout, isolation_level=None, check_same_thread=False)
    try:
        for pragma in pragmas:
            driver.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        driver.close()
        raise
    return driver


def _attempt(driver: sqlite3.Connection, run: _SqliteRun) -> _StatementOutcome | BaseException:
    """The statement's result, or the exception that it raised: then SQLite has undone it."""
    try:
        cursor = driver.execute(run.text, run.values)
        result = _StatementOutcome(cursor.fetchall(), cursor.rowcount)
        cursor.close()  # a statement that stays open would keep its view of the database
    except sqlite3.Error as problem:
        return as_dbapi_error(problem)
    except Exception as problem:  # noqa: BLE001 - raised to the statement's own caller
        return problem
    return result


def _attempt_in_transaction(driver: sqlite3.Connection, run: _SqliteRun) -> _StatementOutcome | BaseException:
    """The same. Raises when SQLite has rolled back the whole transaction."""
    outcome = _attempt(driver, run)
    if isinstance(outcome, BaseException) and not driver.in_transaction:
        raise outcome
    return outcome


def as_dbapi_error(problem: sqlite3.Error) -> DBAPIError:
    """The driver's error as SQLAlchemy would raise it, so that `is_transient` judges both alike."""
    error = DBAPIError.instance("a batched statement", None, problem, sqlite3.Error, hide_parameters=True)
    assert isinstance(error, DBAPIError)
    return error
