"""Every country and territory that an order may name has a time zone; a guess says that it is one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from babel import Locale
from babel.core import get_global

from adapters.places import zones
from adapters.places.zones import AddressZones, country_of, zone_at_distance, zone_of
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


@pytest.mark.parametrize(
    ("country", "region", "postcode", "zone"),
    [
        ("US", "CO", "", "America/Denver"), ("US", "US-CA", "", "America/Los_Angeles"), ("US", "", "80202", "America/Denver"),
        ("US", "", "10001-1234", "America/New_York"), ("US", "", "32401", "America/Chicago"),
        ("US", "FL", "33101", "America/New_York"), ("US", "TX", "79901", "America/Denver"),
        ("US", "TN", "38103", "America/Chicago"), ("US", "TN", "37902", "America/New_York"),
        ("US", "IN", "46320", "America/Chicago"), ("US", "AK", "99501", "America/Anchorage"),
        ("US", "", "96813", "Pacific/Honolulu"), ("US", "", "96799", "Pacific/Pago_Pago"),
        ("US", "", "00901", "America/Puerto_Rico"), ("US", "", "83814", "America/Los_Angeles"),
        ("US", "ID", "83702", "America/Boise"), ("US", "", "57701", "America/Denver"), ("US", "", "85001", "America/Phoenix"),
        ("CA", "", "M5V 2T6", "America/Toronto"), ("CA", "", "A1C 5M2", "America/St_Johns"),
        ("CA", "NL", "A0P 1E0", "America/Goose_Bay"), ("CA", "BC", "V6B 1A1", "America/Vancouver"),
        ("CA", "BC", "V1J 1Y8", "America/Dawson_Creek"), ("CA", "ON", "P9N 1S9", "America/Winnipeg"),
        ("CA", "", "s7k 0a1", "America/Regina"), ("CA", "SK", "", "America/Regina"),
        ("AU", "", "0800", "Australia/Darwin"), ("AU", "", "6000", "Australia/Perth"), ("AU", "QLD", "", "Australia/Brisbane"),
        ("AU", "", "2880", "Australia/Broken_Hill"), ("AU", "", "2600", "Australia/Sydney"),
        ("AU", "", "5000", "Australia/Adelaide"),
        ("BR", "", "01310-100", "America/Sao_Paulo"), ("BR", "", "69005-010", "America/Manaus"),
        ("BR", "PE", "53990-000", "America/Noronha"), ("BR", "", "69900-000", "America/Rio_Branco"),
        ("BR", "", "76801-000", "America/Porto_Velho"), ("BR", "MT", "", "America/Cuiaba"),
        ("MX", "", "22000", "America/Tijuana"), ("MX", "", "77500", "America/Cancun"), ("MX", "", "06600", "America/Mexico_City"),
        ("MX", "CHH", "32000", "America/Ciudad_Juarez"), ("MX", "NLE", "64000", "America/Monterrey"),
        ("RU", "", "690000", "Asia/Vladivostok"), ("RU", "", "236000", "Europe/Kaliningrad"),
        ("RU", "", "101000", "Europe/Moscow"), ("RU", "", "620000", "Asia/Yekaterinburg"), ("RU", "AL", "", "Asia/Barnaul"),
        ("ID", "", "80361", "Asia/Makassar"), ("ID", "", "99111", "Asia/Jayapura"), ("ID", "JK", "", "Asia/Jakarta"),
        ("ES", "", "35001", "Atlantic/Canary"), ("ES", "", "38001", "Atlantic/Canary"), ("ES", "", "28001", "Europe/Madrid"),
        ("ES", "", "51001", "Africa/Ceuta"),
        ("PT", "", "9500-150", "Atlantic/Azores"), ("PT", "", "9000-018", "Atlantic/Madeira"),
        ("PT", "", "1000-001", "Europe/Lisbon"),
        ("FR", "", "97400", "Indian/Reunion"), ("FR", "", "97110", "America/Guadeloupe"), ("FR", "", "75001", "Europe/Paris"),
        ("FR", "", "", "Europe/Paris"), ("FR", "973", "", "America/Cayenne"), ("FR", "", "98800", "Pacific/Noumea"),
        ("EC", "W", "", "Pacific/Galapagos"), ("NZ", "", "8942", "Pacific/Chatham"), ("NZ", "", "1010", "Pacific/Auckland"),
        ("GB", "", "N1 9GU", "Europe/London"),
    ],
)  # fmt: skip
def test_an_address_is_placed_with_certainty(country: str, region: str, postcode: str, zone: str) -> None:
    assert zone_of(country, region, postcode) == (zone, False)


@pytest.mark.parametrize(
    ("country", "region", "postcode", "zone"),
    [
        ("US", "", "", "America/New_York"), ("US", "TX", "", "America/Chicago"), ("US", "", "67901", "America/New_York"),
        ("US", "KS", "67701", "America/Chicago"), ("US", "", "09012", "America/New_York"), ("CA", "QC", "", "America/Toronto"),
        ("CA", "", "Y", "America/Whitehorse"), ("AU", "", "", "Australia/Sydney"), ("ES", "", "", "Europe/Madrid"),
        ("RU", "SA", "", "Asia/Yakutsk"), ("US", "AK", "", "America/Anchorage"),
    ],
)  # fmt: skip
def test_where_an_address_does_not_say_its_zone_the_likeliest_is_a_guess(
    country: str, region: str, postcode: str, zone: str
) -> None:
    found = zone_of(country, region, postcode)
    assert found is not None
    assert found == (zone, postcode != "Y")


def test_every_zone_of_the_tables_is_one_of_its_country_or_a_territory_of_it() -> None:
    own = {"US": {"PR", "VI", "GU", "AS", "MP"}, "FR": {"GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC"},
           "AU": {"NF", "CX", "CC"}}  # fmt: skip
    for table in ("zones.yaml", "postcodes.yaml"):
        document = yaml.safe_load(Path(zones.__file__).with_name(table).read_text("utf-8"))
        for country, rows in document.items():
            known = {
                zone for code in (country, *own.get(country, ())) for zone in zones_by_country().get(code, ())
            }
            named = {str(zone) for zone in _leaves(rows) if "/" in str(zone)}
            assert named <= known, (country, named - known)


def _leaves(rows: Any) -> Iterator[Any]:
    for value in rows.values() if isinstance(rows, dict) else [rows]:
        yield from _leaves(value) if isinstance(value, dict) else [value]


@pytest.mark.parametrize(
    ("code", "country"), [("UK", "GB"), ("el", "GR"), ("XI", "GB"), ("de", "DE"), ("FX", "FR"), ("GB", "GB")]
)
def test_a_reserved_spelling_is_its_country(code: str, country: str) -> None:
    assert AddressZones().country(code) == country


@pytest.mark.parametrize("code", ["ZZ", "QQ", "XX", "AA", ""])
def test_what_is_no_country_is_none(code: str) -> None:
    assert AddressZones().country(code) is None
