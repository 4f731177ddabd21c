"""A calendar month as a period: whole months beside whole months, a month that goes on beside as many of its days."""

from datetime import date

import pytest

from domain.figures.months import MonthName, month_periods


@pytest.mark.parametrize(
    ("name", "today", "period", "before"),
    [
        ("this_month", "2026-11-30", ("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-30")),
        ("this_month", "2026-03-31", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("this_month", "2026-01-01", ("2026-01-01", "2026-01-01"), ("2025-12-01", "2025-12-01")),
        ("last_month", "2026-03-02", ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        ("last_month", "2026-01-31", ("2025-12-01", "2025-12-31"), ("2025-11-01", "2025-11-30")),
    ],
)
def test_a_month_compares_with_the_month_before(
    name: MonthName, today: str, period: tuple[str, str], before: tuple[str, str]
) -> None:
    found = month_periods(name, date.fromisoformat(today))
    assert [(str(one.first), str(one.last)) for one in found] == [period, before]
