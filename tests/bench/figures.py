"""Results of a benchmark: one figure per line, ratios beside the rates from which they are made."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number. `goal`: what it should reach, at least or (`at_most`) at most; None when it only informs.

    `of`: its parts, absolute rates and times of this machine in this run.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = False
    of: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def row(self) -> str:
        """As a line for people."""
        verdict = {None: "", True: "met", False: "NOT MET"}[self.met]
        goal = "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self.goal:g}"
        more = "  ".join(f"{name} {_short(value)}" for name, value in self.of.items())
        return (
            f"{self.name:<40} {_short(self.value):>9} {self.unit:<10} {goal:>8} {verdict:<8} {more}".rstrip()
        )

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "met": self.met}


def ratio(name: str, rate: float, floor: float, goal: float | None, **of: Any) -> Figure:
    """`ours` ÷ `floor`, both per second and measured in the same run."""
    value = rate / floor if floor else 0.0
    return Figure(name, round(value, 3), "ratio", goal, of={"ours": rate, "floor": floor, **of})


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1).__int__()]


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)
