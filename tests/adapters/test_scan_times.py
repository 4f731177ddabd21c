"""A scan's time keeps the precision with which it was reported: an instant, a wall time without a zone, or a day (TRK-6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import stated_times
from adapters.wall_clock import instant_of

INSTANTS = {
    "2026-11-20T10:00:00Z": "2026-11-20T10:00:00",
    "2026-11-20T10:00:00+01:00": "2026-11-20T09:00:00",
    "2026-11-20 10:00:00-0500": "2026-11-20T15:00:00",
    "2026-11-20T24:00:00Z": "2026-11-21T00:00:00",
    "2026-12-31T23:59:60Z": "2027-01-01T00:00:00",
    "2026-11-20T10:00:60Z": "2026-11-20T10:01:00",
    "2026-11-20 12:35 AM Z": "2026-11-20T00:35:00",
    "2026-11-20 12:35 PM +05:45": "2026-11-20T06:50:00",
    "2026-11-20T00:00:00Z": "2026-11-20T00:00:00",
}
LOCALS = {
    "2026-11-20T10:00:00": "2026-11-20T10:00:00",
    "2026-11-20 12:35 AM": "2026-11-20T00:35:00",
    "2026-11-20 01:35 AM": "2026-11-20T01:35:00",
    "2026-11-20 12:35 p.m.": "2026-11-20T12:35:00",
    "2026-11-20T24:00": "2026-11-21T00:00:00",
    "2026-11-20T10:00:60": "2026-11-20T10:01:00",
    "2026-11-20T10:00:00.123456": "2026-11-20T10:00:00",
}
NONE = [
    "", "soon", "1970-01-01T00:00:00Z", "1970-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31",
    "2026-11-20T25:00:00Z", "2026-11-20T24:00:01Z", "2026-11-20T10:60:00Z", "2026-11-20T10:00:61Z", "2026-11-20 13:35 PM",
    "2026-11-20 0:35 AM", "2026-02-30T10:00:00", "20/11/2026 10:00", "1795010700", "٢٠٢٦-١١-٢٠T10:00:00",
    "2026-11-20T10:00:00Z" * 9, "1999-12-31T24:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("text", INSTANTS)
@pytest.mark.scenario("S-20")
def test_a_time_with_an_offset_is_an_instant_in_any_country(text: str) -> None:
    for country in ("", "US", "JPN", "nowhere"):
        time = stated_times.parse_scan_time(text, country)
        assert time is not None
        assert (time.precision, time.local) == ("instant", None)
        assert time.at == datetime.fromisoformat(INSTANTS[text]).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", LOCALS)
@pytest.mark.scenario("S-20")
def test_a_time_without_a_zone_stays_a_wall_time_where_the_country_has_several_clocks(text: str) -> None:
    for country in ("", "US", "USA", "AUS", "XX", "narnia"):
        time = stated_times.parse_scan_time(text, country)
        assert time is not None
        assert (time.precision, time.local) == ("local", LOCALS[text])
        assert abs(time.at - datetime.fromisoformat(LOCALS[text] + "Z")) < timedelta(seconds=1)


@pytest.mark.parametrize("text", ["2026-11-20", "20261120", "2026-11-20T00:00:00", "2026-11-20 00:00"])
def test_a_date_is_a_day_also_when_a_system_padded_it(text: str) -> None:
    for country in ("", "US", "JP"):
        assert stated_times.parse_scan_time(text, country) == (
            datetime(2026, 11, 20, tzinfo=UTC),
            "day",
            "2026-11-20",
        )


@pytest.mark.parametrize("text", NONE)
def test_an_invalid_time_is_not_read(text: str) -> None:
    assert stated_times.parse_scan_time(text, "US") is None


@pytest.mark.parametrize(
    ("country", "wall", "utc"),
    [
        ("JP", "2026-11-20T10:00", "2026-11-20T01:00"),
        ("NPL", "2026-11-20T10:00", "2026-11-20T04:15"),
        ("IN", "2026-11-20T10:00", "2026-11-20T04:30"),
        ("GB", "2026-07-01T10:00", "2026-07-01T09:00"),
        ("DE", "2026-07-01T10:00", "2026-07-01T08:00"),  # Büsingen has a zone of its own, and the same time
        ("WS", "2026-11-20T10:00", "2026-11-19T21:00"),
        ("gbr", "2026-11-20T10:00", "2026-11-20T10:00"),
        ("UK", "2026-11-20T10:00", "2026-11-20T10:00"),
    ],
)
def test_a_wall_time_is_an_instant_where_every_clock_of_the_country_agrees(
    country: str, wall: str, utc: str
) -> None:
    assert instant_of(datetime.fromisoformat(wall), country) == datetime.fromisoformat(utc + "Z")


@pytest.mark.parametrize(
    ("country", "wall"),
    [
        ("US", "2026-11-20T10:00"),
        ("ES", "2026-11-20T10:00"),  # the Canaries
        ("CN", "2026-11-20T10:00"),  # Urumqi
        ("GB", "2026-10-25T01:30"),  # came twice
        ("GB", "2026-03-29T01:30"),  # was skipped
        ("WS", "2011-12-30T10:00"),  # a day that was left out
        ("", "2026-11-20T10:00"),
        ("ANT", "2026-11-20T10:00"),  # a country that became several
        ("Germany", "2026-11-20T10:00"),
    ],
)
def test_an_ambiguous_or_skipped_wall_time_has_no_instant(country: str, wall: str) -> None:
    assert instant_of(datetime.fromisoformat(wall), country) is None


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[Z ]?", fullmatch=True),
    st.text(max_size=4),
)
def test_any_text_is_a_plausible_time_or_none(text: str, country: str) -> None:
    time = stated_times.parse_scan_time(text, country)
    if time is not None:
        assert 1999 <= time.at.year <= 9990
        assert (time.local is None) == (time.precision == "instant")
