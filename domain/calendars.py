"""Working days: when nobody works at a place, as data, and counting over it."""

from datetime import date, datetime, timedelta

from domain.base import Frozen
from domain.clock import day_exists, end_of_day, local_day, start_of_day


class OffDays(Frozen):
    """The days on which a place rests: days of its `weekend`, and public `holidays`. Days nobody asked for are in neither.

    Dates and not weekdays: weekends differ by country and year, and a country may work on one to make up for a holiday.
    """

    weekend: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()


class RouteOffDays(Frozen):
    """The rest days at both ends: `origin` is where goods are packed, `destination` where they are handed over."""

    origin: OffDays = OffDays()
    destination: OffDays = OffDays()


def is_off_day(day: date, zone: str, off: frozenset[date]) -> bool:
    """Nobody works on that day there; a day the zone leaps over is none."""
    return day in off or not day_exists(day, zone)


def working_day(day: date, n: int, zone: str, off: frozenset[date]) -> date:
    """That day, or the next working day there where it is none, and then `n` working days further."""
    while is_off_day(day, zone, off):
        day = next_day(day)
    for _ in range(n):
        day = working_day(next_day(day), 0, zone, off)
    return day


def after_working_days(at: datetime, n: int, zone: str, off: frozenset[date]) -> datetime:
    """The instant at which `n` whole working days have passed since `at`; time on rest days does not count.

    Friday 10:00 and one day is Monday 10:00; all of a weekend and one day is the end of Monday. Never earlier for a
    later `at`: hours are counted from each day's own beginning, also where clocks change.
    """
    if n <= 0:
        return at
    day = local_day(at, zone)
    begun = at - start_of_day(day, zone)
    if begun > timedelta(0) and not is_off_day(day, zone, off):
        goal = working_day(next_day(day), n - 1, zone, off)
        return min(start_of_day(goal, zone) + begun, end_of_day(goal, zone))
    return end_of_day(working_day(day, n - 1, zone, off), zone)


def next_day(day: date) -> date:
    return day + timedelta(days=1)
