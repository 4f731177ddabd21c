"""What templates get beside the page itself: tones and icons by state, moments in the form in which they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import end_of_day, local_day
from domain.journey.customer_page.arrival import Arrival
from domain.journey.customer_page.moments import PageMoment, all_money
from domain.returns.customer_return import CustomerReturn
from domain.tracking.customer_parcel import ExpectedDelivery
from services.order_markup import order_markup
from services.orders.customer_pages import OrderPage

_TONES: Mapping[Arrival, tuple[str, str]] = {
    "on_time": ("good", "check"),
    "arrived": ("good", "package-check"),
    "ready_to_collect": ("info", "store"),
    "late": ("warn", "clock"),
    "unknown": ("warn", "clock"),
    "returning": ("warn", "undo-2"),
    "lost": ("bad", "package-x"),
    "sent_again": ("info", "repeat"),
    "cancelled": ("info", "circle-x"),
}


@dataclass(frozen=True)
class ShownMoment:
    """An entry of the timeline. at: an instant, or the day where no hour is known."""

    entry: PageMoment
    at: datetime | date

    @property
    def state(self) -> str:
        """As the style sheet names it."""
        moved = self.entry.tense == "future" and self.entry.before is not None
        return "moved" if moved else self.entry.tense


@dataclass(frozen=True)
class ShownDate:
    """A date as it is shown: a day or an instant, and the beginning of a window on that day."""

    at: datetime | date
    since: datetime | None = None


def shown(page: OrderPage, staff_order: str = "") -> dict[str, Any]:
    """The variables of the page's template. staff_order: our id, where a person of the shop looks at it."""
    package = page.package
    tone, icon = _TONES[package.arrival] if package else ("info", "package")
    if page.details.stage == "cancelled":
        tone, icon = "info", "circle-x"
    return {
        "page": page,
        "order": page.details,
        "package": package,
        "packages": [one for one in page.packages if one.arrival != "cancelled"],
        "tone": tone,
        "chip_icon": icon,
        "expected": shown_date(package.expected, page.zone) if package and package.expected else None,
        "arrived": arrived_on(page) if package and package.arrived_at else None,
        "due": last_day(package.due, page.zone) if package else None,
        "moments": [ShownMoment(one, _at(one, page.zone)) for one in page.timeline],
        "entry": lambda at: last_day(at, page.zone),
        "dated": lambda expected: shown_date(expected, page.zone),
        "titles": {line.line_id: line.title for line in page.details.lines},
        "money_back": all_money(page.details),
        "money_to_come": [one for one in page.details.returns if _pays_later(one)],
        "has_dates": any(one.tense == "future" for one in page.timeline),
        "staff_order": staff_order,
        "markup": order_markup(page, page.shop),
    }


def _pays_later(case: CustomerReturn) -> bool:
    """Whether money was agreed for the return of which no payment is made yet."""
    agreed = case.status in ("authorized", "dropped_off", "received") and case.resolution != "exchange"
    return agreed and bool(case.refund.minor) and not case.money


def last_day(at: datetime, zone: str) -> datetime | date:
    """The first instant after a day is that day; any other instant stays."""
    day = local_day(at, zone)
    before = date.fromordinal(day.toordinal() - 1)
    return before if end_of_day(before, zone) == at else at


def shown_date(expected: ExpectedDelivery, zone: str) -> ShownDate:
    """The end of a window, with its beginning where both are on one day."""
    if expected.day is not None:
        return ShownDate(expected.day)
    assert expected.at is not None
    begins = expected.earliest_at
    same = begins is not None and local_day(begins, zone) == local_day(expected.at, zone)
    return ShownDate(last_day(expected.at, zone), begins if same else None)


def arrived_on(page: OrderPage) -> datetime | date:
    """When the package arrived, in the form in which it is known."""
    assert page.package is not None
    assert page.package.arrived_at is not None
    return _stated(page.package.arrived_local, page.zone) or page.package.arrived_at


def _at(entry: PageMoment, zone: str) -> datetime | date:
    if entry.expected is not None:
        return shown_date(entry.expected, zone).at
    if entry.precision != "instant":
        return _stated(entry.local, zone) or entry.at
    return last_day(entry.at, zone) if entry.tense == "future" else entry.at


def _stated(local: str | None, zone: str) -> datetime | date | None:
    """A wall time or a day as the carrier stated it."""
    if not local:
        return None
    try:
        if len(local) == len("2026-12-03"):
            return date.fromisoformat(local)
        wall = datetime.fromisoformat(local)
    except ValueError:
        return None
    return wall if wall.tzinfo else wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
