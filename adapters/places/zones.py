"""The time zone of an address: a promise for a day ends with that day there."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.core import get_global
from pydantic import TypeAdapter

from adapters.places.postcodes import zone_of_postcode
from adapters.wall_clock import zones_by_country
from domain.base import Frozen
from domain.clock import Zone
from ports.places import ZoneMatch

NO_COUNTRY = "ZZ"
"""The code that ISO 3166 leaves to its users; CLDR has it for an unknown region."""

_EU_CODES = {"EL": "GR", "XI": "GB"}  # the European Union's own spellings, of Greece and of Northern Ireland


class _Country(Frozen):
    default: Zone
    provinces: dict[str, Zone] = {}
    mostly: dict[str, Zone] = {}
    equivalent: bool = False


class AddressZones:
    """The port `Places`."""

    def country(self, code: str) -> str | None:
        """See the port."""
        country = country_of(code)
        return country if country != NO_COUNTRY and zone_of(country, None) is not None else None

    def zone(self, code: str, region: str, postcode: str) -> ZoneMatch | None:
        """See the port."""
        return zone_of(country_of(code), region, postcode)


def country_of(code: str) -> str:
    """The code of a country in capitals; a code that was replaced by one other is that other: UK is GB."""
    country = code.strip().upper()
    after = _later_codes(country)
    return _EU_CODES.get(country) or (after[0] if len(after) == 1 else country)


def zone_of(country: str, province: str | None, postcode: str = "") -> ZoneMatch | None:
    """The zone of a place in a country (codes of ISO 3166, also withdrawn ones); None for what is no country.

    The province decides, and where it lies in several zones or is not given, the postcode.
    """
    several = _multi_zone_countries().get(country)
    if several is not None:
        return _zone_in(several, _province(country, province or ""), zone_of_postcode(country, postcode))
    zones = zones_by_country().get(country, [])
    if len(zones) == 1:
        return ZoneMatch(zones[0], guessed=False)
    return _zone_near_by(country)


def _province(country: str, text: str) -> str:
    """The code without its country, which some senders write before it: `US-CA` is CA."""
    return re.sub(f"^{country}-", "", text.strip().upper())


def _zone_in(several: _Country, province: str, by_postcode: str | None) -> ZoneMatch:
    certain = several.provinces.get(province) or by_postcode
    if certain is not None:
        return ZoneMatch(certain, guessed=False)
    likely = several.mostly.get(province)
    return ZoneMatch(likely or several.default, guessed=likely is not None or not several.equivalent)


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
