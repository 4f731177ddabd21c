"""Prepared statements: compiled once, run on SQLite's driver without SQLAlchemy's work around each run."""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


class StatementRunner(Protocol):
    """What a batched job works with: it runs prepared statements with the values of this time."""

    def first(self, statement: Executable, /, **parameters: Any) -> Any:
        """The first row, its columns as attributes; None when there is none."""

    def execute(self, statement: Executable, /, **parameters: Any) -> int:
        """Returns how many rows it inserted, changed or deleted."""


class RawConnection:
    """The protocol `StatementRunner` on a connection of the driver."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def first(self, statement: Executable, /, **parameters: Any) -> Any:
        prepared = _compiled(statement, parameters)
        cursor = self._driver.execute(prepared.text, prepared.values(parameters))
        found = cursor.fetchone()
        cursor.close()  # a statement that stays open would keep its view of the database
        return None if found is None else prepared.row(found)

    def execute(self, statement: Executable, /, **parameters: Any) -> int:
        prepared = _compiled(statement, parameters)
        cursor = self._driver.execute(prepared.text, prepared.values(parameters))
        cursor.close()
        return cursor.rowcount


Converter = Callable[[Any], Any]


class _CompiledStatement:
    """A statement as text, and how its values are converted for the driver and back."""

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
            (index, converter)
            for index, column in enumerate(columns)
            if (converter := _result_processor(column.type))
        ]
        self._row_type = _row_type_of([column.key for column in columns])

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [
            value if converter is None else converter(value)
            for value, converter in (
                (parameters.get(name, fixed), converter) for name, fixed, converter in self._binds
            )
        ]

    def row(self, found: tuple[Any, ...]) -> Any:
        if not self._result_processors:
            return self._row_type._make(found)
        values = [*found]
        for index, converter in self._result_processors:
            values[index] = converter(values[index])
        return self._row_type._make(values)


_compiled_statements: WeakKeyDictionary[Executable, _CompiledStatement] = WeakKeyDictionary()


def _compiled(statement: Executable, named: Mapping[str, Any]) -> _CompiledStatement:
    """Compiled at its first run: a statement always runs with the same parameter names."""
    compiled = _compiled_statements.get(statement)
    if compiled is None:
        compiled = _compiled_statements[statement] = _CompiledStatement(statement, named)
    return compiled


def _row_type_of(names: list[str]) -> Any:
    return namedtuple("Row", names)


def _bind_processor(kind: Any) -> Converter | None:
    converter: Converter | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return converter


def _result_processor(kind: Any) -> Converter | None:
    converter: Converter | None = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return converter
