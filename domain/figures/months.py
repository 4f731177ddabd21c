"""Calendar months as periods of figures, each with the part of the month before that it compares with."""

from datetime import date, timedelta
from typing import Literal

from domain.figures.report import FigurePeriod

MonthName = Literal["this_month", "last_month"]


def month_periods(name: MonthName, today: date) -> tuple[FigurePeriod, FigurePeriod]:
    """The days of the month, and those that they compare with.

    A month that is over compares with the whole month before. This month ends today, so it compares with the month before up to
    the same day of the month, or to its end where it has no such day.
    """
    begun = today.replace(day=1)
    before = _month_until(begun - timedelta(days=1))
    if name == "this_month":
        last = before.first + timedelta(days=min(today.day, before.last.day) - 1)
        return FigurePeriod(first=begun, last=today), FigurePeriod(first=before.first, last=last)
    return before, _month_until(before.first - timedelta(days=1))


def _month_until(last: date) -> FigurePeriod:
    """The month whose last day that is."""
    return FigurePeriod(first=last.replace(day=1), last=last)
