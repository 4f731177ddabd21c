"""Batches of short statements on SQLite, for the few queries and inserts of every request.

A thread with a connection of its own runs them. Jobs that wait when it is free run as the next batch, and the writes of a batch
are one transaction: one wait for the lock and one sync of the disk for many callers (group commit).
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.exc import DBAPIError

from store.engine.sqlite_driver import begin_immediate
from store.engine.sqlite_statements import RawConnection, StatementRunner

T = TypeVar("T")

Job = Callable[[StatementRunner], T]


class _Batch(NamedTuple):
    """Jobs that run together. Their futures get results when the whole batch has ended."""

    loop: asyncio.AbstractEventLoop
    jobs: list[tuple[Job[Any], asyncio.Future[Any]]]


class BatchRunner:
    """A thread that runs jobs in the order in which they came. `writes`: a batch is a transaction, begun with the write lock.

    When a job raises, only its own changes are undone, and its caller gets the exception. When the commit fails, the callers
    of all jobs of the batch get that exception.
    """

    def __init__(self, file: str, pragmas: Iterable[str], *, writes: bool) -> None:
        self._file, self._pragmas, self._writes = file, tuple(pragmas), writes
        self._queued: list[tuple[Job[Any], asyncio.Future[Any]]] = []
        self._in_flight = False
        self._thread: threading.Thread | None = None
        self._batches: SimpleQueue[_Batch | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None

    async def run(self, job: Job[T]) -> T:
        """The job's result. When the caller is cancelled before the batch starts, the job does not run."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queued.append((job, future))
        if not self._in_flight:
            self._in_flight = True
            loop.call_soon(self._flush, loop)  # after the tasks that are ready now: their jobs join the batch
        return await future

    async def close(self) -> None:
        if self._thread is not None:
            self._batches.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = [(job, future) for job, future in self._queued if not future.cancelled()]
        self._queued = []
        self._in_flight = bool(waiting)
        if not waiting:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_loop, name="sqlite-batches", daemon=True)
            self._thread.start()
        self._batches.put(_Batch(loop, waiting))

    def _deliver_results(self, batch: _Batch, outcomes: list[Any]) -> None:
        """Give the results to the callers, in the event loop, and start the next batch."""
        for (_, future), outcome in zip(batch.jobs, outcomes, strict=True):
            if future.done():
                continue  # its caller was cancelled
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self._flush(batch.loop)

    # In the thread:

    def _run_loop(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                outcomes = self._run_batch([job for job, _ in batch.jobs])
            except BaseException as problem:  # noqa: BLE001 - raised to the callers
                outcomes = [problem] * len(batch.jobs)
            if not batch.loop.is_closed():
                batch.loop.call_soon_threadsafe(self._deliver_results, batch, outcomes)
        if self._connection is not None:
            self._connection.close()
            self._connection = None  # another thread would open its own

    def _run_batch(self, jobs: list[Job[Any]]) -> list[Any]:
        """For each job its result or exception. Raises when the whole batch failed."""
        try:
            driver = self._connection = self._connection or self._connect()
            if not self._writes:
                return [_attempt(job, RawConnection(driver)) for job in jobs]
            begin_immediate(driver)
            try:
                outcomes = [_attempt_in_savepoint(job, driver) for job in jobs]
                driver.execute("COMMIT")
            except BaseException:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                raise
            return outcomes
        except sqlite3.Error as problem:
            raise _as_dbapi_error(problem) from problem

    def _connect(self) -> sqlite3.Connection:
        driver = sqlite3.connect(self._file, isolation_level=None)
        for pragma in self._pragmas:
            driver.execute(f"PRAGMA {pragma}").close()
        return driver


def _attempt(job: Job[Any], runner: StatementRunner) -> Any:
    """The job's result, or the exception that it raised."""
    try:
        return job(runner)
    except sqlite3.Error as problem:
        return _as_dbapi_error(problem)
    except Exception as problem:  # noqa: BLE001 - raised to the job's own caller
        return problem


def _attempt_in_savepoint(job: Job[Any], driver: sqlite3.Connection) -> Any:
    """The same; what a job wrote that raised is undone. Raises when SQLite has rolled back the whole transaction."""
    driver.execute("SAVEPOINT job")
    outcome = _attempt(job, RawConnection(driver))
    if isinstance(outcome, BaseException):
        if not driver.in_transaction:
            raise outcome
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")
    return outcome


def _as_dbapi_error(problem: sqlite3.Error) -> DBAPIError:
    """The driver's error as SQLAlchemy would raise it, so that `is_transient` judges both alike."""
    error = DBAPIError.instance("a batched job", None, problem, sqlite3.Error, hide_parameters=True)
    assert isinstance(error, DBAPIError)
    return error
