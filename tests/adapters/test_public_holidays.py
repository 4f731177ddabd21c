"""Public holidays and weekends by country, region and year, from the real library."""

from datetime import date, timedelta

import pytest

from adapters.calendars.public_holidays import PublicHolidays


@pytest.mark.parametrize(
    ("country", "region", "day", "kind"),
    [
        ("GB", "", "2026-12-25", "holiday"),
        ("GB", "ENG", "2026-12-28", "holiday"),  # for Boxing Day, a Saturday
        ("GB", "SCT", "2026-11-30", "holiday"),  # St Andrew's
        ("GB", "ENG", "2026-11-30", "work"),
        ("DE", "BY", "2026-01-06", "holiday"),  # Epiphany
        ("DE", "BE", "2026-01-06", "work"),
        ("US", "", "2026-11-26", "holiday"),  # Thanksgiving
        ("IT", "", "2026-04-06", "holiday"),  # Easter Monday
        ("AE", "", "2021-03-05", "weekend"),  # Friday and Saturday until 2021
        ("AE", "", "2021-03-07", "work"),
        ("AE", "", "2026-03-06", "work"),
        ("AE", "", "2026-03-08", "weekend"),
        ("KW", "", "2026-03-06", "weekend"),
        ("KW", "", "2026-03-08", "work"),
        ("NP", "", "2026-03-07", "weekend"),
        ("CN", "", "2025-01-26", "work"),  # a Sunday that makes up for the Spring Festival
        ("GB", "ZZ", "2026-12-25", "holiday"),  # an unknown region
        ("AQ", "", "2026-03-07", "weekend"),  # an unknown country
        ("QZ", "", "2026-03-08", "weekend"),
        ("QZ", "", "2026-12-25", "work"),
    ],
)
async def test_holidays_of_a_country(country: str, region: str, day: str, kind: str) -> None:
    date_ = date.fromisoformat(day)
    closed = await PublicHolidays().closed(country, region, date_, date_)
    found = "holiday" if date_ in closed.holidays else "weekend" if date_ in closed.weekend else "work"
    assert found == kind


async def test_holidays_span_years_and_the_range_is_bounded() -> None:
    calendars = PublicHolidays()
    closed = await calendars.closed("GB", "", date(2026, 12, 20), date(2027, 1, 10))
    assert {date(2026, 12, 25), date(2027, 1, 1)} <= closed.holidays
    centuries = await calendars.closed("GB", "", date(1, 1, 1), date(9999, 12, 31))
    years = {day.year for day in centuries.weekend}
    assert years == {1990, 1991, 1992, 1993}
    late = await calendars.closed("GB", "", date(2100, 12, 31), date(2100, 12, 31) + timedelta(days=400))
    assert {day.year for day in late.weekend} == {2100}


async def test_a_calendar_is_computed_once() -> None:
    calendars, day = PublicHolidays(), date(2026, 3, 2)
    once = await calendars.closed("DE", "BY", day, day)
    assert await calendars.closed("DE", "BY", day + timedelta(days=30), day + timedelta(days=60)) is once
