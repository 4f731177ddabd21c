"""Batches of short statements on PostgreSQL, for the few queries and inserts of every request.

asyncpg prepares and runs them on connections of their own. Runs of one statement that wait at the same time are sent together:
one round trip and, where they write, one transaction and one sync of the disk for many callers (group commit).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any, NamedTuple

from asyncpg import Connection, Record
from sqlalchemy import BigInteger, Executable, bindparam, make_url

from store.engine.db_errors import DRIVER_ERRORS, DatabaseTimeout, as_dbapi_error, is_deadlock, is_transient
from store.engine.prepared_statements import CompiledStatement, StatementCompiler

_MAX_BATCH = 64  # runs of a statement that are sent together
_CLOSE_TIMEOUT = 2.0  # seconds
_RUN = "run_number"


def _numbered(statement: Any) -> Any:
    """The statement with the number of its run in a last column, as the rows of a batch come in one list."""
    number = bindparam(_RUN, type_=BigInteger).label(_RUN)
    return statement.add_columns(number) if statement.is_select else statement.returning(number)


_COMPILER = StatementCompiler(make_url("postgresql+asyncpg://").get_dialect()(), _numbered)


class _NumberedRun(NamedTuple):
    """A statement that waits, with its values."""

    number: int
    values: list[Any]
    future: asyncio.Future[list[Record]]


class PostgresqlBatches:
    """Runs statements on at most so many connections, each of which runs one batch at a time. For one event loop.

    connect: opens a connection; raises CannotConnect.

    When a run fails, its batch is undone and each run of it is sent again alone, so that only the caller of the one that fails
    gets the exception. When the database does not answer or cannot write, the callers of the whole batch get that exception.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], connections: int) -> None:
        self._connect, self._connections = connect, connections
        self._numbers = count()
        self._waiting: dict[CompiledStatement, list[_NumberedRun]] = {}
        self._batches: dict[CompiledStatement, asyncio.Task[None]] = {}
        self._idle: list[Connection] = []
        self._scheduled = False

    async def first(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        """See `StatementRunner`."""
        compiled = _COMPILER.compiled(statement, parameters)
        rows = await self._run(compiled, parameters)
        return compiled.row(rows[0]) if rows else None

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """See `StatementRunner`."""
        compiled = _COMPILER.compiled(statement, parameters)
        return [compiled.row(row) for row in await self._run(compiled, parameters)]

    async def execute(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """See `StatementRunner`."""
        return len(await self._run(_COMPILER.compiled(statement, parameters), parameters))

    async def _run(self, compiled: CompiledStatement, parameters: Mapping[str, Any]) -> list[Record]:
        """When the caller is cancelled before the batch starts, the statement does not run."""
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        run = _NumberedRun(number, compiled.values({**parameters, _RUN: number}), loop.create_future())
        self._waiting.setdefault(compiled, []).append(run)
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(
                self._start_batches
            )  # after the tasks that are ready now: their runs join the batch
        return await run.future

    async def close(self) -> None:
        """See `StatementRunner`."""
        while self._batches:
            await asyncio.wait(self._batches.values())
        idle, self._idle = self._idle, []
        for connection in idle:
            with contextlib.suppress(*DRIVER_ERRORS):
                await connection.close(timeout=_CLOSE_TIMEOUT)

    def _start_batches(self) -> None:
        """A batch for each statement that waits and has none on its way, as far as there are connections."""
        self._scheduled = False
        for compiled in [one for one in self._waiting if one not in self._batches]:
            if len(self._batches) >= self._connections:
                return
            runs = [run for run in self._waiting.pop(compiled) if not run.future.cancelled()]
            if len(runs) > _MAX_BATCH:
                self._waiting[compiled] = runs[_MAX_BATCH:]
            if runs:
                self._batches[compiled] = asyncio.create_task(self._run_batch(compiled, runs[:_MAX_BATCH]))

    async def _run_batch(self, compiled: CompiledStatement, runs: list[_NumberedRun]) -> None:
        try:
            # All processes insert the same rows in the same order, so that two batches do not wait for each other.
            await self._settle(compiled, sorted(runs, key=_texts))
        finally:
            del self._batches[compiled]
            self._start_batches()

    async def _settle(self, compiled: CompiledStatement, runs: list[_NumberedRun]) -> None:
        """Give each caller the rows or the exception."""
        try:
            found = await self._send(compiled, runs)
        except Exception as problem:  # noqa: BLE001 - raised to the callers
            if len(runs) > 1 and (is_deadlock(problem) or not is_transient(problem)):
                for run in runs:
                    await self._settle(compiled, [run])
                return
            for run in runs:
                if not run.future.done():
                    run.future.set_exception(problem)
        else:
            for run in runs:
                if not run.future.done():
                    run.future.set_result(found.get(run.number, []))

    async def _send(self, compiled: CompiledStatement, runs: list[_NumberedRun]) -> dict[int, list[Record]]:
        """The rows by the number of their run."""
        connection = await self._free_connection()
        try:
            if len(runs) == 1:
                rows = await connection.fetch(compiled.text, *runs[0].values)
            else:
                rows = await connection.fetchmany(compiled.text, [run.values for run in runs])
        except BaseException as problem:
            error = _as_store_error(problem, connection)
            if is_transient(error) or not isinstance(error, Exception):
                connection.terminate()  # the next one may find another server
            else:
                self._idle.append(connection)
            raise error from problem
        self._idle.append(connection)
        found: dict[int, list[Record]] = {}
        for row in rows:
            found.setdefault(row[-1], []).append(row)
        return found

    async def _free_connection(self) -> Connection:
        """One that is open, as far as this process knows; else a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await self._connect()


def _texts(run: _NumberedRun) -> list[str]:
    return [value for value in run.values if isinstance(value, str)]


def _as_store_error(problem: BaseException, connection: Connection) -> BaseException:
    """The driver's error as SQLAlchemy's engines raise it, so that `is_transient` judges both alike."""
    if isinstance(problem, TimeoutError):
        return DatabaseTimeout()
    if isinstance(problem, DRIVER_ERRORS):
        return as_dbapi_error(problem, connection_lost=connection.is_closed())
    return problem
