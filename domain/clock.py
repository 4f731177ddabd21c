"""Instants and days: every point in time carries its offset, every day carries its zone."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime

Instant = AwareDatetime


def known_zone(name: str) -> str:
    """The IANA zone's name, or ValueError when there is no such zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f"unknown time zone {name!r}") from problem
    return name


Zone = Annotated[str, AfterValidator(known_zone)]


def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after that day in that zone: a date is late only from here on."""
    return datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    """The calendar day at that instant in that zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def whole_hours(span: timedelta) -> int:
    """Hours, rounded down; negative spans stay negative."""
    return int(span.total_seconds() // 3600)
