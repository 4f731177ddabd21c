"""Every country and territory that an order may name has a time zone; a guess says that it is one."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.core import get_global

from adapters.storefronts.zones import country_of, zone_at_distance, zone_of
from adapters.wall_clock import zones_by_country
from domain.clock import validated_zone

# The codes of CLDR that are no places: groups of countries and test regions.
_NO_PLACES = {"EU", "EZ", "UN", "QO", "XA", "XB", "QU"}
_CODES = {
    code
    for code in (*Locale("en").territories, *get_global("territory_aliases"), *zones_by_country())
    if len(code) == 2 and code.isalpha()
}


@pytest.mark.parametrize("code", sorted(_CODES - _NO_PLACES))
def test_every_code_has_a_zone(code: str) -> None:
    """All of ISO 3166-1 with its reserved and withdrawn codes, and Shopify's own."""
    assert zone_of(country_of(code), None) is not None


def test_the_codes_are_all_of_iso_3166_1() -> None:
    assert len(_CODES) > 249
    assert {"XK", "AC", "TA", "BV", "HM", "AN", "BQ", "UK", "ZZ", "SS", "AX"} <= _CODES


@pytest.mark.parametrize(
    ("code", "country", "zone", "guessed"),
    [
        ("XK", "XK", "Europe/Belgrade", True), ("UK", "GB", "Europe/London", False), ("uk", "GB", "Europe/London", False),
        ("AN", "AN", "America/Curacao", True), ("BQ", "BQ", "America/Kralendijk", False), ("BV", "BV", "Europe/Oslo", True),
        ("ZR", "CD", "Africa/Kinshasa", True), ("DD", "DE", "Europe/Berlin", False), ("ZZ", "ZZ", "Etc/UTC", True),
    ],
)  # fmt: skip
def test_codes_without_a_row_of_their_own(code: str, country: str, zone: str, guessed: bool) -> None:
    assert (country_of(code), zone_of(country_of(code), None)) == (country, (zone, guessed))


@pytest.mark.parametrize("code", ["", "QQ", "D", "DEU", "12", "  "])
def test_what_is_no_country_has_no_zone(code: str) -> None:
    assert zone_of(country_of(code), None) is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-03-02T08:00:00-05:00", "Etc/GMT+5"),
        ("2026-03-02T08:00:00+13:00", "Etc/GMT-13"),
        ("2026-03-02T08:00:00+00:00", "Etc/UTC"),
        ("2026-03-02T08:00:00+05:30", "Etc/GMT-6"),
    ],
)
def test_a_distance_from_utc_is_a_zone(text: str, zone: str) -> None:
    at = datetime.fromisoformat(text)
    assert zone_at_distance(at) == validated_zone(zone) == zone
    assert abs(
        (at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)) - (at.utcoffset() or timedelta(0))
    ) <= timedelta(minutes=30)
