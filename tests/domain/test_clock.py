"""Days and their ends in zones with unusual changes of the clock."""

from datetime import UTC, date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import at_local_time, day_exists, end_of_day, local_day, start_of_day, whole_minutes
from tests.domain.calendars import ZONES, at

ENDS = [
    ("an ordinary day in winter", "2026-03-02", "Europe/London", "2026-03-03T00:00:00Z"),
    ("a day of 23 hours", "2026-03-29", "Europe/London", "2026-03-29T23:00:00Z"),
    ("a day of 25 hours", "2026-10-25", "Europe/London", "2026-10-26T00:00:00Z"),
    ("a quarter of an hour beside the hour", "2026-03-02", "Asia/Kathmandu", "2026-03-02T18:15:00Z"),
    ("half an hour forward", "2026-10-04", "Australia/Lord_Howe", "2026-10-04T13:00:00Z"),
    ("half an hour back", "2026-04-05", "Australia/Lord_Howe", "2026-04-05T13:30:00Z"),
    ("midnight is left out", "2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("the hour before midnight comes twice", "2018-02-17", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),
    ("the hour after midnight comes twice", "2026-10-31", "America/Havana", "2026-11-01T04:00:00Z"),
    ("midnight comes, and the day comes back", "2010-11-06", "America/St_Johns", "2010-11-07T03:30:00Z"),
    ("the next day never comes", "2011-12-29", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("a day that never came", "2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("the day after it", "2011-12-31", "Pacific/Apia", "2011-12-31T10:00:00Z"),
    ("a leap day", "2028-02-29", "Europe/Berlin", "2028-02-29T23:00:00Z"),
    ("the last day of a year, first on earth", "2026-12-31", "Pacific/Kiritimati", "2026-12-31T10:00:00Z"),
    ("and last", "2026-12-31", "Pacific/Pago_Pago", "2027-01-01T11:00:00Z"),
]


@pytest.mark.parametrize(("why", "day", "zone", "end"), ENDS, ids=[case[0] for case in ENDS])
def test_a_day_is_over_at_its_end_at_the_destination(
    why: str, day: str, zone: str, end: str
) -> None:  # TRK-6
    ended = end_of_day(date.fromisoformat(day), zone)
    assert ended.astimezone(UTC) == at(end), why


def test_samoa_had_no_30_december_2011() -> None:
    assert not day_exists(date(2011, 12, 30), "Pacific/Apia")
    assert day_exists(date(2011, 12, 29), "Pacific/Apia")
    assert day_exists(date(2011, 12, 31), "Pacific/Apia")


@pytest.mark.parametrize(
    ("day", "clock", "zone", "instant"),
    [
        ("2026-03-29", "01:30", "Europe/London", "2026-03-29T01:30:00Z"),  # skipped: 02:30 in summer time
        ("2026-10-25", "01:30", "Europe/London", "2026-10-25T00:30:00Z"),  # twice: the first
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"),  # skipped: 02:45
        ("2018-11-04", "00:30", "America/Sao_Paulo", "2018-11-04T03:30:00Z"),  # skipped: 01:30
        ("2026-03-02", "14:00", "Asia/Kathmandu", "2026-03-02T08:15:00Z"),
    ],
)
def test_a_wall_time_names_one_instant(day: str, clock: str, zone: str, instant: str) -> None:
    found = at_local_time(date.fromisoformat(day), time.fromisoformat(clock), zone)
    assert found.astimezone(UTC) == at(instant)


@given(st.dates(date(1990, 1, 2), date(2100, 12, 30)), st.sampled_from(sorted(ZONES.values())))
def test_days_are_consecutive_and_contain_their_own_instants(day: date, zone: str) -> None:
    start, end = start_of_day(day, zone), end_of_day(day, zone)
    assert start == end_of_day(day - timedelta(days=1), zone)
    assert start <= end
    if day_exists(day, zone):
        assert local_day(end - timedelta(microseconds=1), zone) == day


def test_a_promise_missed_by_a_second_is_missed_by_a_minute() -> None:
    assert [whole_minutes(timedelta(seconds=s)) for s in (0, 1, 60, 61, -1, -61)] == [0, 1, 1, 2, 0, -1]
