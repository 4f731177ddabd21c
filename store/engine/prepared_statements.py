"""Prepared statements: compiled once, run on a database's driver without SQLAlchemy's work around each run."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Executable


class StatementRunner(Protocol):
    """Runs prepared statements with the values of this time. Those that wait at the same time run together."""

    async def first(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        """The first row, its columns as attributes; None when there is none."""

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows, in their order."""

    async def execute(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """Returns how many rows it inserted, changed or deleted, once that is durable."""

    async def close(self) -> None:
        """Wait for what runs, and close the connections; a later statement opens new ones."""


Converter = Callable[[Any], Any]


class CompiledStatement:
    """A statement as text, and how its values are converted for the driver and back."""

    def __init__(self, statement: Any, sent: Any, names: Iterable[str], dialect: Dialect) -> None:
        """`sent`: what is compiled; it may have more columns than the statement, after its own. `names`: of the parameters."""
        compiled = sent.compile(dialect=dialect, column_keys=[*names])
        self.text = str(compiled)
        fixed = compiled.params
        self._binds = [
            (name, fixed.get(name), compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns = _columns_of(statement)
        self._converters: list[tuple[int, Converter]] = [
            (index, converter)
            for index, column in enumerate(columns)
            if (converter := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        self._width = len(columns)
        self._row_type = _row_type_of([column.key for column in columns])

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text."""
        return [
            value if converter is None else converter(value)
            for value, converter in (
                (parameters.get(name, fixed), converter) for name, fixed, converter in self._binds
            )
        ]

    def row(self, found: Sequence[Any]) -> Any:
        """A row of the driver, its columns as attributes."""
        values = [*found[: self._width]]
        for index, converter in self._converters:
            values[index] = converter(values[index])
        return self._row_type._make(values)


class StatementCompiler:
    """Compiles each statement at its first run: it always runs with the same names. `sent`: see `CompiledStatement`."""

    def __init__(self, dialect: Dialect, sent: Callable[[Any], Any] = lambda statement: statement) -> None:
        self._dialect, self._sent = dialect, sent
        self._compiled: WeakKeyDictionary[Executable, CompiledStatement] = WeakKeyDictionary()

    def compiled(self, statement: Executable, names: Iterable[str]) -> CompiledStatement:
        """The statement as this dialect spells it."""
        found = self._compiled.get(statement)
        if found is None:
            found = CompiledStatement(statement, self._sent(statement), names, self._dialect)
            self._compiled[statement] = found
        return found


def _columns_of(statement: Any) -> list[Any]:
    """Of its rows; those of a statement that writes are what it returns."""
    if statement.is_select:
        return [*statement.selected_columns]
    return [*statement.exported_columns] if statement.is_dml else []


def _row_type_of(names: list[str]) -> Any:
    return namedtuple("Row", names)
