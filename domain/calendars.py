"""Working days: the days without work at a place, as data, and the counting of working days."""

from datetime import date, datetime, timedelta

from domain.base import Frozen
from domain.clock import day_exists, end_of_day, local_day, start_of_day


class OffDays(Frozen):
    """The days on which a place does not work: days of its `weekend`, and public `holidays`.

    The value covers only the days that were requested from the calendar; every other day is in neither set.
    It holds dates and not weekdays: weekends differ by country and year, and a country may work on a weekend
    day to make up for a holiday.
    """

    weekend: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()


class RouteOffDays(Frozen):
    """The off days at both ends of a route.

    origin: where goods are packed.
    destination: where goods are handed over.
    """

    origin: OffDays = OffDays()
    destination: OffDays = OffDays()


def is_off_day(day: date, zone: str, off: frozenset[date]) -> bool:
    """Whether the place does not work on that day. A day that the zone skips is not a working day."""
    return day in off or not day_exists(day, zone)


def working_day(day: date, n: int, zone: str, off: frozenset[date]) -> date:
    """The working day that is `n` working days after that day, or after the next working day if that day is off."""
    while is_off_day(day, zone, off):
        day = next_day(day)
    for _ in range(n):
        day = working_day(next_day(day), 0, zone, off)
    return day


def after_working_days(at: datetime, n: int, zone: str, off: frozenset[date]) -> datetime:
    """The instant at which `n` whole working days have passed since `at`; time on off days does not count.

    Examples: Friday 10:00 and one day is Monday 10:00; any time of a weekend and one day is the end of Monday.
    A later `at` never gives an earlier result: hours are counted from the start of each day, also where clocks
    change.
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
