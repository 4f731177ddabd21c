"""Sums of facts, as figures are computed from them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from domain.figures.fact import FactKind


class SumLine(NamedTuple):
    """The sum of some facts that are alike."""

    kind: FactKind
    reason: str
    currency: str
    bucket: int
    times: int
    value: int


class Sums:
    """All that was counted in a period, or of one group of it."""

    def __init__(self, lines: Iterable[SumLine]) -> None:
        self.lines = tuple(lines)
        self._times: Counter[tuple[FactKind, str]] = Counter()
        self._values: Counter[tuple[FactKind, str, str]] = Counter()
        self._steps: dict[FactKind, Counter[tuple[str, int]]] = {}
        for line in self.lines:
            self._times[line.kind, line.reason] += line.times
            self._values[line.kind, line.reason, line.currency] += line.value
            self._steps.setdefault(line.kind, Counter())[line.reason, line.bucket] += line.times

    def with_own(self, kind: FactKind, own: "Sums") -> "Sums":
        """These, with the facts of that kind of `own` instead of theirs."""
        others = [line for line in self.lines if line.kind != kind]
        return Sums([*others, *(line for line in own.lines if line.kind == kind)])

    def counts(self, kind: FactKind) -> bool:
        return any(line.kind == kind for line in self.lines)

    def times(self, kind: FactKind, *reasons: str) -> int:
        """How many of that kind; of these reasons only, where some are given."""
        return sum(
            n
            for (one, reason), n in self._times.items()
            if one == kind and (not reasons or reason in reasons)
        )

    def value(self, kind: FactKind, currency: str, *reasons: str) -> int:
        """The sum of the values in that currency."""
        return sum(
            n
            for (one, reason, of), n in self._values.items()
            if (one, of) == (kind, currency) and (not reasons or reason in reasons)
        )

    def currencies(self, kind: FactKind) -> set[str]:
        return {of for (one, _, of), value in self._values.items() if one == kind and value}

    def times_by_currency(self, kind: FactKind) -> Counter[str]:
        """How many of that kind there are in each currency."""
        found: Counter[str] = Counter()
        for line in self.lines:
            if line.kind == kind:
                found[line.currency] += line.times
        return +found

    def steps(self, kind: FactKind, *reasons: str) -> list[tuple[int, int]]:
        """Each bucket with how many are in it, in their order."""
        found: Counter[int] = Counter()
        for (reason, bucket), times in self._steps.get(kind, {}).items():
            if not reasons or reason in reasons:
                found[bucket] += times
        return sorted((bucket, times) for bucket, times in found.items() if times)
