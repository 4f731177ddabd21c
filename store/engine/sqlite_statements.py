"""Statements that were put together once, run on SQLite's driver without SQLAlchemy's machinery around each run."""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


class StatementRunner(Protocol):
    """A database as an errand sees it: statements that were put together once, asked with these values."""

    def first(self, statement: Executable, /, **parameters: Any) -> Any:
        """The first row, its columns as attributes; None when there is none."""

    def execute(self, statement: Executable, /, **parameters: Any) -> int:
        """How many rows it inserted, changed or deleted."""


class RawConnection:
    """`Asking` on a plain connection."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def first(self, statement: Executable, /, **parameters: Any) -> Any:
        prepared = _compiled(statement, parameters)
        cursor = self._driver.execute(prepared.text, prepared.values(parameters))
        found = cursor.fetchone()
        cursor.close()  # a statement that stays open would hold its moment of the database
        return None if found is None else prepared.row(found)

    def execute(self, statement: Executable, /, **parameters: Any) -> int:
        prepared = _compiled(statement, parameters)
        cursor = self._driver.execute(prepared.text, prepared.values(parameters))
        cursor.close()
        return cursor.rowcount


Converter = Callable[[Any], Any]


class _CompiledStatement:
    """A statement as text, and how values go in and come out."""

    def __init__(self, statement: Any, names: Iterable[str]) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=[*names])
        self.text = str(compiled)
        fixed = compiled.params
        self._binds = [
            (name, fixed.get(name), _bind_processor(compiled.binds[name].type))
            for name in compiled.positiontup or ()
        ]
        columns = [*statement.selected_columns] if statement.is_select else []
        self._result_processors = [
            (place, way) for place, one in enumerate(columns) if (way := _result_processor(one.type))
        ]
        self._row_type = _row_type_of([one.key for one in columns])

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [
            value if way is None else way(value)
            for value, way in ((parameters.get(name, fixed), way) for name, fixed, way in self._binds)
        ]

    def row(self, found: tuple[Any, ...]) -> Any:
        if not self._result_processors:
            return self._row_type._make(found)
        values = [*found]
        for place, way in self._result_processors:
            values[place] = way(values[place])
        return self._row_type._make(values)


_compiled_statements: WeakKeyDictionary[Executable, _CompiledStatement] = WeakKeyDictionary()


def _compiled(statement: Executable, named: Mapping[str, Any]) -> _CompiledStatement:
    """Made once a statement: it is asked with the same names each time."""
    known = _compiled_statements.get(statement)
    if known is None:
        known = _compiled_statements[statement] = _CompiledStatement(statement, named)
    return known


def _row_type_of(names: list[str]) -> Any:
    return namedtuple("Row", names)


def _bind_processor(kind: Any) -> Converter | None:
    way: Converter | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return way


def _result_processor(kind: Any) -> Converter | None:
    way: Converter | None = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return way
