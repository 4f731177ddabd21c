"""Calendars for tests: weekends by weekday and holidays by date, as data."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendars import OffDays
from domain.model.delivery_terms import WEEKDAYS, ServiceTerms, Transit, Warehouse
from domain.model.order import Destination

ZONES = {
    "GB": "Europe/London", "DE": "Europe/Berlin", "US": "America/New_York", "CA": "America/St_Johns", "NZ": "Pacific/Auckland",
    "NP": "Asia/Kathmandu", "AU": "Australia/Lord_Howe", "BR": "America/Sao_Paulo", "WS": "Pacific/Apia",
    "CU": "America/Havana",
    "IL": "Asia/Jerusalem", "KW": "Asia/Kuwait", "KI": "Pacific/Kiritimati", "AS": "Pacific/Pago_Pago",
    "IS": "Atlantic/Reykjavik",
    "LA": "America/Los_Angeles",
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def closed(around: datetime, *holidays: str, weekend: Iterable[str] = ("saturday", "sunday")) -> OffDays:
    """A year of weekends on both sides of that moment, and these holidays."""
    days = (around.date() + timedelta(days=passed) for passed in range(-10, 420))
    return OffDays(
        weekend=frozenset(day for day in days if WEEKDAYS[day.weekday()] in weekend),
        holidays=frozenset(date.fromisoformat(day) for day in holidays),
    )


def to(place: str) -> Destination:
    return Destination(country="US" if place == "LA" else place, zone=ZONES[place])


def warehouse(place: str = "GB", **changed: Any) -> Warehouse:
    return Warehouse(**{"country": "US" if place == "LA" else place, "zone": ZONES[place], **changed})


def service(*transit: int, **changed: Any) -> ServiceTerms:
    """Cut-off 14:00 and no handling, unless changed; `transit`: the least and the most days, or both in one."""
    if transit:
        changed["transit"] = Transit(min_days=transit[0], max_days=transit[-1])
    return ServiceTerms(**{"cutoff": "14:00", "handling": 0, **changed})
