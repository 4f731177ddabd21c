"""Working days are counted without rest days: examples by hand, and laws for any calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import after_working_days, is_off_day, working_day
from domain.clock import local_day
from tests.domain.calendars import ZONES, at

WEEKEND = "2026-03-07 2026-03-08 2026-03-14 2026-03-15"
GOOD_FRIDAY = "2026-04-03 2026-04-04 2026-04-05 2026-04-06"
SPANS = [
    ("within a week", "2026-03-02T10:00:00Z", 2, "Europe/London", WEEKEND, "2026-03-04T10:00:00Z"),
    ("over a weekend", "2026-03-06T10:00:00Z", 1, "Europe/London", WEEKEND, "2026-03-09T10:00:00Z"),
    ("over two", "2026-03-06T10:00:00Z", 6, "Europe/London", WEEKEND, "2026-03-16T10:00:00Z"),
    ("from a Saturday: all of Monday", "2026-03-07T10:00:00Z", 1, "Europe/London", WEEKEND, "2026-03-10T00:00:00Z"),
    ("from Sunday's last minute", "2026-03-08T23:59:00Z", 1, "Europe/London", WEEKEND, "2026-03-10T00:00:00Z"),
    ("from Monday's first moment", "2026-03-09T00:00:00Z", 1, "Europe/London", WEEKEND, "2026-03-10T00:00:00Z"),
    ("from Friday's first moment: all of Friday", "2026-03-06T00:00:00Z", 1, "Europe/London", WEEKEND, "2026-03-07T00:00:00Z"),
    ("over Easter", "2026-04-02T10:00:00Z", 1, "Europe/London", GOOD_FRIDAY, "2026-04-07T10:00:00Z"),
    ("nothing passes", "2026-03-07T10:00:00Z", 0, "Europe/London", WEEKEND, "2026-03-07T10:00:00Z"),
    ("into summer time, ten hours into the day", "2026-03-28T10:00:00Z", 1, "Europe/London", "", "2026-03-29T10:00:00Z"),
    ("out of a day of 25 hours", "2026-10-25T23:30:00Z", 1, "Europe/London", "", "2026-10-27T00:00:00Z"),
    ("over Samoa's missing Friday", "2011-12-29T10:00:00-10:00", 1, "Pacific/Apia", "", "2011-12-31T10:00:00+14:00"),
    ("the day there, not here", "2026-03-06T20:00:00Z", 1, "Asia/Kathmandu", "2026-03-07", "2026-03-08T18:15:00Z"),
    ("over New Year", "2026-12-31T10:00:00Z", 1, "Europe/London", "2027-01-01 2027-01-02 2027-01-03", "2027-01-04T10:00:00Z"),
]  # fmt: skip


def days(text: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in text.split())


@pytest.mark.parametrize(
    ("why", "since", "n", "zone", "off", "until"), SPANS, ids=[case[0] for case in SPANS]
)
def test_working_days_passed(why: str, since: str, n: int, zone: str, off: str, until: str) -> None:
    assert after_working_days(at(since), n, zone, days(off)).astimezone(UTC) == at(until), why


MOMENTS = st.datetimes(at("2026-01-01"), at("2026-12-31"), timezones=st.just(UTC))
OFF = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=150)
SOMEWHERE = st.sampled_from(sorted(ZONES.values()))


@given(MOMENTS, st.integers(0, 20), st.integers(0, 10**6), SOMEWHERE, OFF)
def test_a_later_start_never_gives_an_earlier_end(
    since: datetime, n: int, seconds: int, zone: str, off: frozenset[date]
) -> None:
    until = after_working_days(since, n, zone, off)
    assert since <= until
    assert until <= after_working_days(since + timedelta(seconds=seconds), n, zone, off)
    assert until <= after_working_days(since, n + 1, zone, off)
    assert until <= after_working_days(since, n, zone, off | {local_day(since, zone)})


@given(MOMENTS, st.integers(1, 20), SOMEWHERE, OFF)
def test_working_days_end_on_working_days(since: datetime, n: int, zone: str, off: frozenset[date]) -> None:
    until = after_working_days(since, n, zone, off)
    assert not is_off_day(local_day(until - timedelta(microseconds=1), zone), zone, off)


def test_a_rest_day_is_followed_by_the_next_working_day() -> None:
    off = days(WEEKEND)
    assert working_day(date(2026, 3, 7), 0, "Europe/London", off) == date(2026, 3, 9)
    assert working_day(date(2026, 3, 6), 1, "Europe/London", off) == date(2026, 3, 9)
    assert working_day(date(2026, 3, 6), 0, "Europe/London", off) == date(2026, 3, 6)
