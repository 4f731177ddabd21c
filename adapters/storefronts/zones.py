"""In which time zone an address lies: promises of a day end there."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import yaml

from domain.base import Frozen
from domain.clock import Zone


class ZoneMatch(NamedTuple):
    """`guessed`: the country has several zones, and the address names no province that lies in one."""

    zone: str
    guessed: bool


class _Country(Frozen):
    default: Zone
    provinces: dict[str, Zone] = {}
    equivalent: bool = False


def zone_of(country: str, province: str | None) -> ZoneMatch | None:
    """The zone of a province of a country (codes of ISO 3166); None for a country nobody knows."""
    several = _multi_zone_countries().get(country)
    if several is not None:
        certain = several.provinces.get((province or "").upper())
        return ZoneMatch(certain or several.default, guessed=certain is None and not several.equivalent)
    only = _single_zone_countries().get(country)
    return ZoneMatch(only, guessed=False) if only else None


@cache
def _multi_zone_countries() -> dict[str, _Country]:
    raw = yaml.safe_load(Path(__file__).with_name("zones.yaml").read_text("utf-8"))
    return {country: _Country.model_validate(known) for country, known in raw.items()}


@cache
def _single_zone_countries() -> dict[str, str]:
    """Countries with one zone, as tzdata's own table has them."""
    zones: dict[str, list[str]] = {}
    for row in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if row and not row.startswith("#"):
            country, _, zone = row.split("\t")[:3]
            zones.setdefault(country, []).append(zone)
    return {country: known[0] for country, known in zones.items() if len(known) == 1}
