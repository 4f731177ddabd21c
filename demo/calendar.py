"""The demo's calendar: its first instant, and a grid of instants so that the sandbox clock is moved rarely."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

FIRST_INSTANT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
GRID = timedelta(hours=3)
_HOURS = (9, 12, 15, 18)  # hours (UTC) at which people act; all are on the grid


def on_grid(at: datetime) -> datetime:
    """The first instant of the grid that is not before `at`."""
    midnight = datetime.combine(at.date(), time(0), UTC)
    return midnight + -((midnight - at) // GRID) * GRID


def end_of_day(day: date, zone: str) -> datetime:
    """The instant from which a promise of that day is broken in that zone."""
    return datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone)).astimezone(UTC)


def day_at(at: datetime, zone: str) -> date:
    """The calendar day in that zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def random_day(rnd: Random, after: datetime, first: int, last: int) -> datetime:
    """A random hour of acting, `first` to `last` days after the day of `after`, and never before `after`."""
    day = after.date() + timedelta(days=rnd.randint(first, last))
    at = datetime.combine(day, time(rnd.choice(_HOURS)), UTC)
    return max(at, on_grid(after))


def iso_utc(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
