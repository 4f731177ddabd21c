"""Instants and days: every instant carries its offset, every day carries its zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field

Instant = AwareDatetime
D = TypeVar("D", bound=date)


def _plausible(stated: D) -> D:
    if not 1990 <= stated.year <= 2100:
        raise ValueError("not a plausible time")
    return stated


StatedInstant = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""An instant from outside this system. It is between 1990 and 2100, so no deadline counted from it can overflow."""

LAST_INSTANT = datetime(2200, 1, 1, tzinfo=UTC)
"""The latest time to which a sandbox clock may be moved: what is counted from there never passes the last year that exists."""

MAX_WAIT = timedelta(days=3650)
"""The longest wait that a person may set, in all: whoever adds up days comes to an end."""

StatedDay = Annotated[date, AfterValidator(_plausible)]


_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
ZONES: Final = frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split()) - _NOT_ZONES
"""The names of the IANA database, those of former times included: not what else a machine may have among its files."""


def validated_zone(name: str) -> str:
    """The IANA zone's name. Raises ValueError when there is no such zone."""
    if name not in ZONES:
        raise ValueError(f"unknown time zone {name!r}")
    return name


Zone = Annotated[
    str,
    AfterValidator(validated_zone),
    Field(json_schema_extra={"pattern": r"^[A-Za-z][A-Za-z0-9_+/-]{1,63}$"}),
]


@lru_cache(maxsize=4096)  # the rules want the same few days at each read of the agenda
def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after that day in that zone: a date is late only from this instant on.

    The result has the fixed offset of that moment. With the zone's own time, hours counted from it would be
    wrong where clocks change, and the zone is lost when the value is stored. Where clocks go back over midnight,
    the day continues after its first end; the result is then its second end.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))
    first, second = _fixed(midnight), _fixed(midnight.replace(fold=1))
    goes_on = second > first and local_day(second - timedelta(microseconds=1), zone) == day
    return second if goes_on else first


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of that day in that zone, with its fixed offset."""
    return end_of_day(day - timedelta(days=1), zone)


def day_exists(day: date, zone: str) -> bool:
    """Whether that zone has that day. Samoa, for example, went from 29 to 31 December 2011."""
    return start_of_day(day, zone) < end_of_day(day, zone)


def at_local_time(day: date, clock: time, zone: str) -> datetime:
    """The instant at which clocks in that zone show that time on that day, with its fixed offset.

    If clocks show the time twice, it is the first one. If clocks skip the time, it is later by the skipped span.
    """
    return _fixed(datetime.combine(day, clock.replace(tzinfo=None, fold=0), ZoneInfo(zone)))


def _fixed(local: datetime) -> datetime:
    offset = local.utcoffset()
    assert offset is not None
    return local.replace(tzinfo=timezone(offset), fold=0)


def wall_time_to_utc(wall: datetime, zone: str) -> datetime:
    """The instant, in UTC, at which clocks in that zone show this wall time; the first one of an hour that repeats."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_edge_of_day(clock: time) -> bool:
    """Whether it is the first or the last time of a day, to the minute, second or less: a date that a system padded."""
    last = (clock.hour, clock.minute) == (23, 59) and clock.second in (0, 59)
    return last or clock.replace(tzinfo=None, fold=0) == time(0)


@lru_cache(maxsize=4096)  # as above
def local_day(at: datetime, zone: str) -> date:
    """The calendar day at that instant in that zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def whole_hours(span: timedelta) -> int:
    """Hours, rounded down; negative spans stay negative."""
    return int(span.total_seconds() // 3600)


def whole_minutes(span: timedelta) -> int:
    """Minutes, rounded up: a promise that was missed by a second was missed."""
    return -int(-span // timedelta(minutes=1))


def is_valid_window(
    at: datetime | None, day: date | None, earliest_at: datetime | None, earliest_day: date | None
) -> bool:
    """Whether these are the end and the beginning of one window: both instants, or both days, in order."""
    instants = earliest_at is None or (at is not None and earliest_at <= at)
    days = earliest_day is None or (day is not None and earliest_day <= day)
    return instants and days


def day_or_moment(at: datetime, zone: str) -> datetime | date:
    """The end of a day is that day; any other instant stays."""
    before = local_day(at, zone) - timedelta(days=1)
    return before if end_of_day(before, zone) == at else at
