"""What the panels of the page show: rows of tables, with the charts of the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.figures.report import Figure, FigureGroup, Figures
from domain.figures.shares import sure_share
from pages.kpis.charts import LineChart, bar_width, line_chart

STRIP = (
    "on_time", "told_before_it_broke", "lead_time", "return_rate", "retained_revenue", "scan_to_money", "manual_touch",
)  # fmt: skip
_NOTABLE = {"percent": 1.0, "points": 1.0, "nps": 3.0, "score": 0.1, "per_order": 0.1}
"""From which change on a figure is worth a sentence; durations from a tenth of what they were."""


@dataclass(frozen=True)
class WeekRow:
    """One week: the values of two figures."""

    week: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class WeekPanel:
    """Figures by week: newest week first in the table, oldest first in the chart."""

    chart: LineChart
    rows: tuple[WeekRow, ...]


@dataclass(frozen=True)
class BarRow:
    """One group with its bar."""

    group: str
    value: float | None
    count: int
    of: int
    width: int


def by_name(figures: Figures) -> dict[str, Figure]:
    return {one.figure: one for one in figures.figures}


def week_panel(figures: Figures, *names: str) -> WeekPanel | None:
    """These figures by week; None where there is no week with a value."""
    found = by_name(figures)
    values = {name: {one.group: one.value for one in found[name].groups} for name in names}
    weeks = sorted(
        {week for by_week in values.values() for week, value in by_week.items() if value is not None}
    )
    if not weeks:
        return None
    series = [(name, [values[name].get(week) for week in weeks]) for name in names]
    rows = [WeekRow(week, tuple(values[name].get(week) for name in names)) for week in reversed(weeks)]
    return WeekPanel(line_chart(weeks, series), tuple(rows))


def bar_rows(figure: Figure, most: int = 10) -> tuple[BarRow, ...]:
    """The groups of a share, the surest high one first: 3 of 4 says less than 60 of 100."""
    known = [one for one in figure.groups if one.value is not None]
    groups = sorted(known, key=lambda one: (-sure_share(one.count, one.of), one.group))[:most]
    longest = max((one.value or 0.0 for one in groups), default=0.0)
    return tuple(
        BarRow(one.group, one.value, one.count, one.of, bar_width(one.value, longest)) for one in groups
    )


def least_often(figure: Figure) -> FigureGroup | None:
    """The group whose share is most surely low; None where another one's is as low."""
    known = [one for one in figure.groups if one.of > 0]
    found = max(known, key=lambda one: (sure_share(one.of - one.count, one.of), one.group), default=None)
    alike = [one for one in known if found is not None and one.value == found.value]
    return found if len(alike) == 1 else None


def can_be_compared(figures: Figures) -> bool:
    """Whether any figure has one of the time before beside it."""
    return any(one.change is not None for one in figures.figures)


def cost_rows(figure: Figure) -> tuple[BarRow, ...]:
    """The parts of what a return costs, the largest first. `value`: for each return, in minor units."""
    known = [one for one in figure.groups if one.value is not None]
    longest = max((one.value or 0.0 for one in known), default=0.0)
    return tuple(
        BarRow(one.group, one.value, one.count, one.of, bar_width(one.value, longest))
        for one in sorted(known, key=_size)
    )


def _size(group: FigureGroup) -> tuple[float, str]:
    return -(group.value or 0.0), group.group


def notable(figures: Figures) -> list[Figure]:
    """The figures that changed most, those that became worse first; at most three."""
    changed = [one for one in figures.figures if _weight(one) >= 1]
    return sorted(changed, key=lambda one: (not is_worse(one), -_weight(one)))[:3]


def _weight(figure: Figure) -> float:
    if figure.change is None:
        return 0.0
    before = figure.previous.value or 0.0
    least = _NOTABLE.get(figure.unit, max(1.0, before / 10))
    return abs(figure.change) / least


def is_worse(figure: Figure) -> bool:
    """Whether it changed for the worse."""
    rose = (figure.change or 0.0) > 0
    return figure.change not in (None, 0.0) and rose != (figure.better == "more")


def known_groups(figure: Figure) -> Sequence[str]:
    """The names of its groups, for a filter."""
    return sorted(one.group for one in figure.groups if one.group)
