"""The time zone of an address: a promise for a day ends with that day there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from babel.core import get_global
from pydantic import TypeAdapter

from adapters.wall_clock import zones_by_country
from domain.base import Frozen
from domain.clock import Zone

NO_COUNTRY = "ZZ"
"""The code that ISO 3166 leaves to its users; CLDR has it for an unknown region."""


class ZoneMatch(NamedTuple):
    """A zone. `guessed`: the country has several, and the address names no province that lies in one of them."""

    zone: str
    guessed: bool


class _Country(Frozen):
    default: Zone
    provinces: dict[str, Zone] = {}
    equivalent: bool = False


def country_of(code: str) -> str:
    """The code of a country in capitals; a code that was replaced by one other is that other: UK is GB."""
    country = code.strip().upper()
    after = _later_codes(country)
    return after[0] if len(after) == 1 else country


def zone_of(country: str, province: str | None) -> ZoneMatch | None:
    """The zone of a province of a country (codes of ISO 3166, also withdrawn ones); None for what is no country."""
    several = _multi_zone_countries().get(country)
    if several is not None:
        certain = several.provinces.get((province or "").upper())
        return ZoneMatch(certain or several.default, guessed=certain is None and not several.equivalent)
    zones = zones_by_country().get(country, [])
    if len(zones) == 1:
        return ZoneMatch(zones[0], guessed=False)
    return _zone_near_by(country)


def zone_at_distance(at: datetime) -> str:
    """The zone without summer time that is as far from UTC as that time, in whole hours. Its name has the sign of POSIX."""
    hours = round((at.utcoffset() or timedelta(0)) / timedelta(hours=1))
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"


def _zone_near_by(country: str) -> ZoneMatch | None:
    """The zone of a code without a zone of its own: by our table, or of the first country that came after it."""
    zone = _territories_without_zone().get(country)
    if zone is not None:
        return ZoneMatch(zone, guessed=True)
    after = _later_codes(country)
    successor = zone_of(after[0], None) if after else None
    return successor._replace(guessed=successor.guessed or len(after) > 1) if successor else None


def _later_codes(country: str) -> list[str]:
    """The codes of two letters that CLDR gives for an older one; none for a code of today."""
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    return [code for code in aliases.get(country, []) if len(country) == 2 and code != country]


@cache
def _multi_zone_countries() -> dict[str, _Country]:
    return {country: _Country.model_validate(known) for country, known in _table("zones.yaml").items()}


@cache
def _territories_without_zone() -> dict[str, Zone]:
    return TypeAdapter(dict[str, Zone]).validate_python(_table("territories_without_zone.yaml"))


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))
    return table
