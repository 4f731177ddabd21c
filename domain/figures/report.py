"""A report: figures of a period beside those of the period before, computed from sums alone."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from domain.base import Frozen
from domain.figures.ages import AgeCount
from domain.figures.articles import ArticleReturns
from domain.figures.kpis import KPIS, Better, Dimension, Kpi, Name, Reading, Unit
from domain.figures.sums import Sums

Grouping = Literal["day", "week", "month", "carrier", "country", "sku", "reason"]
MAX_GROUPS = 200


class FigurePeriod(Frozen):
    """Some days, both ends included."""

    first: date
    """The first day."""
    last: date
    """The last day."""

    @property
    def before(self) -> "FigurePeriod":
        """As many days just before it."""
        days = (self.last - self.first).days + 1
        return FigurePeriod(first=self.first - timedelta(days=days), last=self.first - timedelta(days=1))


class FigureReading(Frozen):
    """A figure of some days, and what it was computed from."""

    value: float | None
    """The figure, rounded to a hundredth; null where nothing was counted."""
    count: int
    """What was counted for it: cases, scores added up, or money in minor units."""
    of: int
    """Out of so many, or so much."""
    currency: str | None = None
    """Of what is money of it, where it is."""


class FigureGroup(FigureReading):
    """The figure of one group."""

    group: str
    """The carrier, country, article or reason; or the first day of the day, week or month, as YYYY-MM-DD."""


class Figure(FigureReading):
    """A figure of the period, and of the one before."""

    figure: Name
    """Its name; `docs/kpis.md` defines each."""
    unit: Unit
    """Of `value`."""
    better: Better
    """Whether more of it is better, or less."""
    previous: FigureReading
    """The same of the period before."""
    change: float | None
    """`value` less that of the period before; null where one of them is."""
    groups: tuple[FigureGroup, ...]
    """By `group_by`: the largest first, or in the order of time. Empty without it, and where the figure is not known by it."""


class Figures(Frozen):
    """How it goes: figures of a period against the period before."""

    period: FigurePeriod
    """The days that were counted."""
    previous: FigurePeriod
    """The days that they are compared with: as many days before, or of a calendar month the month before."""
    unfinished: date | None
    """Today, where it is one of the days: what happened so far counts, and what is due today does not yet. Else null."""
    group_by: Grouping | None
    """By what `groups` are told apart."""
    orders: int
    """How many orders were placed in the period."""
    figures: tuple[Figure, ...]
    """All figures. One that is not known for the part that was asked for has no value."""
    exceptions: tuple[AgeCount, ...]
    """The questions about orders that wait for a person now, by age."""
    articles: tuple[ArticleReturns, ...] = ()
    """With `group_by` `sku`: the articles of which most units come back, each by reason. Empty without it."""


def figures_of(
    now: Sums, before: Sums, groups: Mapping[str, Sums], asked: tuple[Grouping | None, Iterable[Dimension]]
) -> tuple[Figure, ...]:
    """All figures. `asked`: by what they are grouped, and by which dimensions the sums were filtered."""
    by, filters = asked[0], tuple(asked[1])
    return tuple(
        _figure(kpi, now, before, _grouped(kpi, now, groups, by))
        if all(kpi.filtered_by(dimension) for dimension in filters)
        else _figure(kpi, _NOTHING, _NOTHING, ())
        for kpi in KPIS
    )


_NOTHING = Sums(())
_DIMENSION: Mapping[Grouping, Dimension] = {
    "carrier": "carrier",
    "country": "country",
    "sku": "sku",
    "reason": "reason",
}


def _figure(kpi: Kpi, now: Sums, before: Sums, groups: tuple[FigureGroup, ...]) -> Figure:
    read, previous = kpi.read(now), kpi.read(before)
    known = read.value is not None and previous.value is not None and read.currency == previous.currency
    return Figure(
        figure=kpi.name, unit=kpi.unit, better=kpi.better, groups=groups,
        previous=FigureReading(**_rounded(previous)),
        change=round((read.value or 0) - (previous.value or 0), 2) if known else None,
        **_rounded(read),
    )  # fmt: skip


def _rounded(reading: Reading) -> dict[str, Any]:
    value = None if reading.value is None else round(reading.value, 2)
    return {
        "value": value, "count": reading.count, "of": reading.of, "currency": reading.currency or None
    }  # fmt: skip


def _grouped(kpi: Kpi, now: Sums, groups: Mapping[str, Sums], by: Grouping | None) -> tuple[FigureGroup, ...]:
    """Each group's own. What it is divided by is that of all, where it is not known by the group."""
    dimension = _DIMENSION.get(by or "day")
    if by is None or (dimension and not kpi.known_by(dimension)):
        return ()
    shared = dimension is not None and not kpi.filtered_by(dimension)
    found = [
        FigureGroup(group=group, **_rounded(kpi.read(now.with_own(kpi.main, own) if shared else own)))
        for group, own in groups.items()
        if own.counts(kpi.main) or (not shared and own.counts(kpi.over))
    ]
    if dimension is None:
        return tuple(sorted(found, key=lambda one: one.group))
    return tuple(sorted(found, key=lambda one: (-one.of, -one.count, one.group))[:MAX_GROUPS])


def group_start(day: date, by: Grouping) -> str:
    """The first day of the week or month of that day, or the day itself."""
    if by == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    return (day.replace(day=1) if by == "month" else day).isoformat()
