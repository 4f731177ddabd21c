"""SQLite without ceremony, for the few questions and inserts that every request has.

A thread with a connection of its own runs them. Whatever is waiting when it comes back goes with the next trip, and all that
is written on one trip is one transaction: one wait for the lock and one sync of the disk for many callers (group commit).
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
    """Errands that go together; each future is answered when all of them are settled."""

    loop: asyncio.AbstractEventLoop
    jobs: list[tuple[Job[Any], asyncio.Future[Any]]]


class BatchRunner:
    """A thread that runs errands in the order in which they came. `writes`: each trip is a transaction, begun with the lock.

    An errand that raises is undone alone and its caller gets what it raised; where the commit fails, all of the trip get that.
    """

    def __init__(self, file: str, pragmas: Iterable[str], *, writes: bool) -> None:
        self._file, self._pragmas, self._writes = file, tuple(pragmas), writes
        self._queued: list[tuple[Job[Any], asyncio.Future[Any]]] = []
        self._in_flight = False
        self._thread: threading.Thread | None = None
        self._batches: SimpleQueue[_Batch | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None

    async def run(self, job: Job[T]) -> T:
        """What it came to. A caller that is cancelled before the thread leaves has asked for nothing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queued.append((job, future))
        if not self._in_flight:
            self._in_flight = True
            loop.call_soon(self._flush, loop)  # whoever else is ready to ask goes along
        return await future

    async def close(self) -> None:
        if self._thread is not None:
            self._batches.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = [one for one in self._queued if not one[1].cancelled()]
        self._queued = []
        self._in_flight = bool(waiting)
        if not waiting:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_loop, name="sqlite-batches", daemon=True)
            self._thread.start()
        self._batches.put(_Batch(loop, waiting))

    def _deliver_results(self, batch: _Batch, outcomes: list[Any]) -> None:
        """In the loop again: everybody is told, and those who came meanwhile go."""
        for (_, future), outcome in zip(batch.jobs, outcomes, strict=True):
            if future.done():
                continue  # its caller was cancelled
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self._flush(batch.loop)

    # In the thread

    def _run_loop(self) -> None:
        while (trip := self._batches.get()) is not None:
            try:
                outcomes = self._run_batch([errand for errand, _ in trip.jobs])
            except BaseException as problem:  # noqa: BLE001 - it belongs to those who wait
                outcomes = [problem] * len(trip.jobs)
            if not trip.loop.is_closed():
                trip.loop.call_soon_threadsafe(self._deliver_results, trip, outcomes)
        if self._connection is not None:
            self._connection.close()
            self._connection = None  # another thread would open its own

    def _run_batch(self, jobs: list[Job[Any]]) -> list[Any]:
        """What each came to. Raises what all of them came to."""
        try:
            driver = self._connection = self._connection or self._connect()
            if not self._writes:
                return [_attempt(errand, RawConnection(driver)) for errand in jobs]
            begin_immediate(driver)
            try:
                outcomes = [_attempt_in_savepoint(errand, driver) for errand in jobs]
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
    """What it came to, which may be what it raised."""
    try:
        return job(runner)
    except sqlite3.Error as problem:
        return _as_dbapi_error(problem)
    except Exception as problem:  # noqa: BLE001 - its own caller's, nobody else's
        return problem


def _attempt_in_savepoint(job: Job[Any], driver: sqlite3.Connection) -> Any:
    """As `_tried`; what it had written is undone where it raised. Raises where SQLite has undone everything."""
    driver.execute("SAVEPOINT job")
    outcome = _attempt(job, RawConnection(driver))
    if isinstance(outcome, BaseException):
        if not driver.in_transaction:
            raise outcome
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")
    return outcome


def _as_dbapi_error(problem: sqlite3.Error) -> DBAPIError:
    """As SQLAlchemy says it, so that one place knows what passes by waiting."""
    told = DBAPIError.instance("a batched job", None, problem, sqlite3.Error, hide_parameters=True)
    assert isinstance(told, DBAPIError)
    return told
