"""Working days: which days count, given as data, so that no rule looks into a calendar."""

from datetime import date, datetime, timedelta

from domain.clock import end_of_day, local_day

_WEEKEND = 5  # Saturday


def after_working_days(at: datetime, n: int, zone: str, off: frozenset[date]) -> datetime:
    """The first instant after `n` whole working days in that zone, not counting the day of `at` itself.

    Saturdays, Sundays and the days in `off` do not count.
    """
    day = local_day(at, zone)
    while n > 0:
        day += timedelta(days=1)
        n -= day.weekday() < _WEEKEND and day not in off
    return end_of_day(day, zone)
