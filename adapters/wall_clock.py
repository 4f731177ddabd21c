"""Which instant a wall time without a zone was: answered only where every clock of the country says the same."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.core import get_global


def instant_of(wall: datetime, country: str) -> datetime | None:
    """The one instant at which clocks in that country showed this wall time; None where there are none or several.

    `country` is ISO 3166 in two or three letters. A country with several zones, an hour that came twice and one that was
    left out have no single answer, and a guess would be an instant that is wrong in silence.
    """
    offset, again = None, wall.replace(fold=1)
    for zone in _zones(country.strip().upper()):
        there = zone.utcoffset(wall)
        if there != zone.utcoffset(again) or (offset is not None and there != offset):
            return None
        offset = there
    return None if offset is None else (wall - offset).replace(tzinfo=UTC)


@lru_cache(maxsize=512)
def _zones(country: str) -> tuple[ZoneInfo, ...]:
    """The country's zones; none for a country nobody knows. Most of what strangers send is no country: bounded."""
    if country not in _names():  # three letters, or UK
        known = get_global("territory_aliases").get(country, [])
        country = known[0] if len(known) == 1 else ""
    zones = sorted((ZoneInfo(name) for name in _names().get(country, ())), key=_some_offset)
    return (*zones[:1], *zones[:0:-1])  # the farthest apart first: they disagree soonest


def _some_offset(zone: ZoneInfo) -> timedelta:
    return datetime(2026, 1, 1, tzinfo=zone).utcoffset() or timedelta(0)


@lru_cache(maxsize=1)
def _names() -> dict[str, list[str]]:
    """Zone names per country, from the table of the zone data that we ship: the machine may have none."""
    names: dict[str, list[str]] = {}
    for line in (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            names.setdefault(country, []).append(zone)
    return names
