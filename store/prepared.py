"""Statements that were put together once, run on SQLite's driver without SQLAlchemy's machinery around each run."""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


class Asking(Protocol):
    """A database as an errand sees it: statements that were put together once, asked with these values."""

    def first(self, question: Executable, /, **named: Any) -> Any:
        """The first row, its columns as attributes; None when there is none."""

    def change(self, statement: Executable, /, **named: Any) -> int:
        """How many rows it inserted, changed or deleted."""


class Plain:
    """`Asking` on a plain connection."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def first(self, question: Executable, /, **named: Any) -> Any:
        prepared = _prepared(question, named)
        cursor = self._driver.execute(prepared.text, prepared.values(named))
        found = cursor.fetchone()
        cursor.close()  # a statement that stays open would hold its moment of the database
        return None if found is None else prepared.row(found)

    def change(self, statement: Executable, /, **named: Any) -> int:
        prepared = _prepared(statement, named)
        cursor = self._driver.execute(prepared.text, prepared.values(named))
        cursor.close()
        return cursor.rowcount


Convert = Callable[[Any], Any]


class _Prepared:
    """A statement as text, and how values go in and come out."""

    def __init__(self, statement: Any, names: Iterable[str]) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=[*names])
        self.text = str(compiled)
        fixed = compiled.params
        self._places = [
            (name, fixed.get(name), _way_in(compiled.binds[name].type)) for name in compiled.positiontup or ()
        ]
        columns = [*statement.selected_columns] if statement.is_select else []
        self._ways_out = [(place, way) for place, one in enumerate(columns) if (way := _way_out(one.type))]
        self._shape = _shape([one.key for one in columns])

    def values(self, named: Mapping[str, Any]) -> list[Any]:
        return [
            value if way is None else way(value)
            for value, way in ((named.get(name, fixed), way) for name, fixed, way in self._places)
        ]

    def row(self, found: tuple[Any, ...]) -> Any:
        if not self._ways_out:
            return self._shape._make(found)
        values = [*found]
        for place, way in self._ways_out:
            values[place] = way(values[place])
        return self._shape._make(values)


_known: WeakKeyDictionary[Executable, _Prepared] = WeakKeyDictionary()


def _prepared(statement: Executable, named: Mapping[str, Any]) -> _Prepared:
    """Made once a statement: it is asked with the same names each time."""
    known = _known.get(statement)
    if known is None:
        known = _known[statement] = _Prepared(statement, named)
    return known


def _shape(names: list[str]) -> Any:
    return namedtuple("Row", names)


def _way_in(kind: Any) -> Convert | None:
    way: Convert | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return way


def _way_out(kind: Any) -> Convert | None:
    way: Convert | None = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return way
