"""Charts as SVG: where each value is drawn. Attributes only, no style; the table beside a chart holds the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 750.0, 10.0, 274.0
_LINES = 5


@dataclass(frozen=True)
class ChartPoint:
    """A value at its place. group: what it is the value of."""

    group: str
    value: float
    x: float
    y: float


@dataclass(frozen=True)
class ChartLine:
    """The points of one figure, in the order of time. name: of the figure; number: 1 or 2, how it is drawn."""

    name: str
    number: int
    points: tuple[ChartPoint, ...]

    @property
    def path(self) -> str:
        """The attribute `points` of a polyline."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True)
class LineChart:
    """Lines over the same groups. grid: the value and place of each line behind them; ticks: some groups with their place."""

    lines: tuple[ChartLine, ...]
    grid: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[str, float], ...]


def line_chart(groups: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> LineChart:
    """The chart of these series, each with one value for each group; a missing value leaves its point out."""
    known = [value for _, values in series for value in values if value is not None]
    low, high = _range(known)
    xs = [_LEFT + (_RIGHT - _LEFT) * (place / max(1, len(groups) - 1)) for place in range(len(groups))]

    def y_of(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low), 1)

    lines = tuple(
        ChartLine(
            name,
            number,
            tuple(
                ChartPoint(group, value, round(x, 1), y_of(value))
                for group, x, value in zip(groups, xs, values, strict=True)
                if value is not None
            ),
        )
        for number, (name, values) in enumerate(series, 1)
    )
    steps = [low + (high - low) * place / _LINES for place in range(_LINES + 1)]
    every = max(1, ceil(len(groups) / 6))
    ticks = tuple((group, round(x, 1)) for group, x in list(zip(groups, xs, strict=True))[::every])
    return LineChart(lines, tuple((round(step, 1), y_of(step)) for step in steps), ticks)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Round bounds around the values, never of the same height."""
    if not values:
        return 0.0, 100.0
    low, high = floor(min(values) / 10) * 10.0, ceil(max(values) / 10) * 10.0
    return low, high if high > low else low + 10.0


def bar_width(value: float | None, most: float, full: int = 200) -> int:
    """The width of a bar of that value, where the longest is `full` wide."""
    return round(full * max(0.0, value or 0.0) / most) if most > 0 else 0
