"""Instants and days: every point in time carries its offset, every day carries its zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime

Instant = AwareDatetime
D = TypeVar("D", bound=date)


def _plausible(stated: D) -> D:
    if not 1990 <= stated.year <= 2100:
        raise ValueError("not a plausible time")
    return stated


StatedInstant = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""An instant somebody outside stated: between 1990 and 2100, so that no deadline counted from it can overflow."""

StatedDay = Annotated[date, AfterValidator(_plausible)]


def known_zone(name: str) -> str:
    """The IANA zone's name, or ValueError when there is no such zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f"unknown time zone {name!r}") from problem
    return name


Zone = Annotated[str, AfterValidator(known_zone)]


def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after that day in that zone: a date is late only from here on.

    With that moment's fixed offset: hours counted from a zone's own time would be other hours where clocks change, and
    the zone does not survive being stored.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))
    offset = midnight.utcoffset()
    assert offset is not None
    return midnight.replace(tzinfo=timezone(offset))


def at_wall(wall: datetime, zone: str) -> datetime:
    """The instant, in UTC, at which clocks in that zone show this wall time; of an hour that comes twice the first."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    """The calendar day at that instant in that zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def whole_hours(span: timedelta) -> int:
    """Hours, rounded down; negative spans stay negative."""
    return int(span.total_seconds() // 3600)
