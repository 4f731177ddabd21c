"""The time zone of an address: a promise for a day ends with that day there."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from adapters.wall_clock import zones_by_country
from domain.base import Frozen
from domain.clock import Zone


class ZoneMatch(NamedTuple):
    """A zone. `guessed`: the country has several, and the address names no province that lies in one of them."""

    zone: str
    guessed: bool


class _Country(Frozen):
    default: Zone
    provinces: dict[str, Zone] = {}
    equivalent: bool = False


def zone_of(country: str, province: str | None) -> ZoneMatch | None:
    """The zone of a province of a country (codes of ISO 3166); None for an unknown country."""
    several = _multi_zone_countries().get(country)
    if several is not None:
        certain = several.provinces.get((province or "").upper())
        return ZoneMatch(certain or several.default, guessed=certain is None and not several.equivalent)
    zones = zones_by_country().get(country, [])
    return ZoneMatch(zones[0], guessed=False) if len(zones) == 1 else None


@cache
def _multi_zone_countries() -> dict[str, _Country]:
    raw = yaml.safe_load(Path(__file__).with_name("zones.yaml").read_text("utf-8"))
    return {country: _Country.model_validate(known) for country, known in raw.items()}
