"""Queries by key on SQLite, for every request, in the thread of the event loop: to hand one over takes more time than to run it.

In WAL mode a reader does not wait for a writer, except at moments such as the recovery after a crash. A query that finds the
database locked is run again in a thread, which waits.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Executable

from store.engine.sqlite_batches import COMPILER, SqliteBatches, as_dbapi_error, open_connection

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SqliteReads:
    """A connection of the event loop's thread, and one of a thread that waits."""

    def __init__(self, file: str, pragmas: Iterable[str]) -> None:
        self._file, self._pragmas = file, (*pragmas, "query_only=ON")
        self._patient = SqliteBatches(file, self._pragmas, writes=False)
        self._connection: sqlite3.Connection | None = None

    async def first(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        """See `StatementRunner`."""
        found = await self.rows(statement, parameters)
        return found[0] if found else None

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """See `StatementRunner`."""
        compiled = COMPILER.compiled(statement, parameters)
        values = compiled.values(parameters)
        try:
            if self._connection is None:
                self._connection = open_connection(self._file, self._pragmas, timeout=0)
            cursor = self._connection.execute(compiled.text, values)
            found = cursor.fetchall()
            cursor.close()  # a statement that stays open would keep its view of the database
        except sqlite3.Error as problem:
            if getattr(problem, "sqlite_errorcode", 0) & 0xFF in _LOCKED:
                return await self._patient.rows(statement, parameters)
            raise as_dbapi_error(problem) from problem
        return [compiled.row(row) for row in found]

    async def execute(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """See `StatementRunner`. SQLite refuses it: this connection cannot write."""
        return await self._patient.execute(statement, parameters)

    async def close(self) -> None:
        """See `StatementRunner`."""
        await self._patient.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
