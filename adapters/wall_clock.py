"""The instant of a wall time without a zone, where every clock of the country shows the same."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.core import get_global

_LONGEST_CODE = 8  # of a country, with blanks around it


def instant_of(wall: datetime, country: str) -> datetime | None:
    """The only instant at which clocks in that country showed this wall time; None where there are none or several.

    country: ISO 3166, in two or three letters.
    A country with several zones, an hour that came twice and an hour that was skipped have no single answer; a guess could be
    wrong without a sign of it.
    """
    if len(country) > _LONGEST_CODE:
        return None
    offset, second_time = None, wall.replace(fold=1)
    for zone in _zones(country.strip().upper()):
        there = zone.utcoffset(wall)
        if there != zone.utcoffset(second_time) or (offset is not None and there != offset):
            return None
        offset = there
    return None if offset is None else (wall - offset).replace(tzinfo=UTC)


@lru_cache(maxsize=512)
def _zones(country: str) -> tuple[ZoneInfo, ...]:
    """The country's zones; none for an unknown country. Bounded in number, because senders may write any code as a country."""
    if country not in zones_by_country():  # three letters, or UK
        aliases = get_global("territory_aliases").get(country, [])
        country = aliases[0] if len(aliases) == 1 else ""
    zones = sorted((ZoneInfo(name) for name in zones_by_country().get(country, ())), key=_offset)
    return (*zones[:1], *zones[:0:-1])  # the farthest apart first: they disagree soonest


def _offset(zone: ZoneInfo) -> timedelta:
    return datetime(2026, 1, 1, tzinfo=zone).utcoffset() or timedelta(0)


@lru_cache(maxsize=1)
def zones_by_country() -> dict[str, list[str]]:
    """Zone names by country code, from the table in the package `tzdata`: the machine may have no zone data of its own."""
    names: dict[str, list[str]] = {}
    for line in (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            names.setdefault(country, []).append(zone)
    return names
