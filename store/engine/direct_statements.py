"""Prepared statements within a session's transaction, run by its driver: without SQLAlchemy's work around each run.

They are compiled once, as those of `Database.fetch_row` are. What the session has not written yet is written before them, so
all statements of a transaction keep their order.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import Executable, make_url
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine import sqlite_batches
from store.engine.db_errors import DRIVER_ERRORS, as_dbapi_error, is_unanswered
from store.engine.prepared_statements import StatementCompiler

T = TypeVar("T")
_POSTGRESQL = StatementCompiler(make_url("postgresql+asyncpg://").get_dialect()())
_DRIVER = "smot_driver"  # of a session, once it has run a statement here


async def first_row(session: AsyncSession, statement: Executable, /, **parameters: Any) -> Any:
    """The first row, its columns as attributes; None when there is none. The statement is one of a module, made once."""
    driver = await _driver_of(session)
    compiled = driver.compiler.compiled(statement, parameters)
    rows = await driver.fetch(compiled.text, compiled.values(parameters))
    return compiled.row(rows[0]) if rows else None


async def write(session: AsyncSession, statement: Executable, values: Mapping[str, Any]) -> int:
    """Run a statement that writes; how many rows it wrote."""
    driver = await _driver_of(session)
    compiled = driver.compiler.compiled(statement, values)
    return await driver.write(compiled.text, compiled.values(values))


async def write_all(
    session: AsyncSession, statement: Executable, values: Sequence[Mapping[str, Any]]
) -> None:
    """Run it with each of these values, which have the same names, in one round trip."""
    if values:
        driver = await _driver_of(session)
        compiled = driver.compiler.compiled(statement, values[0])
        await driver.write_all(compiled.text, [compiled.values(some) for some in values])


class _Driver(Protocol):
    """A connection of a driver, in a transaction of SQLAlchemy's."""

    compiler: StatementCompiler

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]: ...
    async def write(self, text: str, values: Sequence[Any]) -> int: ...
    async def write_all(self, text: str, values: Sequence[Sequence[Any]]) -> None: ...


async def _driver_of(session: AsyncSession) -> _Driver:
    if session.new or session.dirty or session.deleted:
        await session.flush()
    driver: _Driver | None = session.info.get(_DRIVER)
    if driver is None:
        connection = await session.connection()
        adapter = (await connection.get_raw_connection()).dbapi_connection
        sqlite = session.get_bind().dialect.name == "sqlite"
        driver = _SqliteDriver(adapter) if sqlite else _PostgresqlDriver(adapter, connection.invalidate)
        session.info[_DRIVER] = driver
    return driver


class _SqliteDriver:
    """See `sqlite_driver`: a statement may begin the transaction, and may run in the event loop's thread."""

    compiler = sqlite_batches.COMPILER

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        def work(driver: sqlite3.Connection) -> list[Any]:
            cursor = driver.execute(text, values)
            rows = cursor.fetchall()
            cursor.close()  # a statement that stays open would keep its view of the database
            return rows

        return await self._run(work)

    async def write(self, text: str, values: Sequence[Any]) -> int:
        return await self._run(lambda driver: driver.execute(text, values).rowcount)

    async def write_all(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        await self._run(lambda driver: driver.executemany(text, values).close())

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            result: T = await self._connection.run_statement(work)
        except sqlite3.Error as problem:
            raise sqlite_batches.as_dbapi_error(problem) from problem
        return result


class _PostgresqlDriver:
    """A connection of asyncpg, whose transaction SQLAlchemy's adapter ends, and begins unless it is begun here.

    invalidate: closes the connection, so that neither this session nor the pool uses it again.
    """

    compiler = _POSTGRESQL

    def __init__(self, adapter: Any, invalidate: Callable[[], Awaitable[None]]) -> None:
        self._adapter, self._invalidate = adapter, invalidate

    async def fetch(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        return await self._run(lambda connection: connection.fetch(text, *values))

    async def write(self, text: str, values: Sequence[Any]) -> int:
        status: str = await self._run(lambda connection: connection.execute(text, *values))
        return int(status.rpartition(" ")[2])

    async def write_all(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        if len(values) == 1:
            await self._run(lambda connection: connection.execute(text, *values[0]))
        else:
            await self._run(lambda connection: connection.executemany(text, values))

    async def _run(self, call: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        adapter, connection = self._adapter, self._adapter._connection
        try:
            if adapter._transaction is None:
                transaction = connection.transaction(
                    isolation=adapter.isolation_level, readonly=adapter.readonly
                )
                await transaction.start()
                adapter._transaction = transaction
            return await call(connection)
        except BaseException as problem:
            if adapter._transaction is None or is_unanswered(problem):
                # The server may be in a transaction that the adapter does not know, or still run the statement.
                await self._invalidate()
            if connection.is_closed():
                adapter._transaction = None  # there is nothing left to roll back
            if isinstance(problem, DRIVER_ERRORS):
                raise as_dbapi_error(problem, connection_lost=connection.is_closed()) from problem
            raise
