"""Records of a provider in the order of our legs, however many there are: what does not fit into memory waits in a file."""

import heapq
import json
import tempfile
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import IO, Final, Self, cast

from domain.money import Money
from domain.payments.differences import ProviderRecord, ProviderState

_IN_MEMORY: Final = 20_000
_Line = tuple[str, str, str, str, int, str, str]  # leg, key, reference, payment, amount, currency, state


class SortedRecords:
    """Records are put in, in any order, and read once, grouped by leg. The files hold ids and amounts; they have no name."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []
        self._files: list[IO[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def put(self, leg: str, record: ProviderRecord) -> None:
        """Add a record that is about that leg."""
        amount = record.amount
        line = (
            leg,
            record.key,
            record.reference,
            record.payment,
            amount.minor,
            amount.currency,
            record.state,
        )
        self._lines.append(line)
        if len(self._lines) >= _IN_MEMORY:
            self._spill()

    def by_leg(self) -> Iterator[tuple[str, list[ProviderRecord]]]:
        """Each leg, in the order of code points, with all records about it."""
        self._lines.sort()
        runs = [*map(_lines_of, self._files), iter(self._lines)]
        for leg, lines in groupby(heapq.merge(*runs), key=itemgetter(0)):
            yield leg, [_record(line) for line in lines]

    def _spill(self) -> None:
        self._lines.sort()
        file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        file.writelines(json.dumps(line) + "\n" for line in self._lines)
        file.seek(0)
        self._files.append(file)
        self._lines = []


def _lines_of(file: IO[str]) -> Iterator[_Line]:
    for text in file:
        yield tuple(json.loads(text))


def _record(line: _Line) -> ProviderRecord:
    _, key, reference, payment, minor, currency, state = line
    return ProviderRecord.model_construct(
        key=key,
        reference=reference,
        payment=payment,
        amount=Money.model_construct(minor=minor, currency=currency),
        state=cast(ProviderState, state),
    )
