"""The promise calendar: the delivery date that a merchant's policy gives an order, computed when it is placed.

Handling: counted in the warehouse's working days, in the warehouse's time zone.
Transit: counted in the carrier's working days, in the destination's time zone.
A promised day lasts until its end at the destination.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo

from domain.calendars import OffDays, RouteOffDays, is_off_day, next_day, working_day
from domain.clock import at_local_time, local_day
from domain.model.delivery_terms import WEEKDAYS, ServiceTerms, Warehouse
from domain.model.order import Destination
from domain.model.promise import Promise
from domain.model.terms import Policy

NoPromiseReason = Literal["no_delivery_terms", "unknown_service", "placed_too_late"]
OFF_DAYS_FOR = 120  # days from the order on; no rule reads later ones, and they count as working days
_MAX_DAYS = 500  # days: no service takes longer, even when a warehouse works one day a week
_LAST_YEAR = 2098  # the promise of a later order might be in a year that no stated time may have
_PLAIN = ServiceTerms(hours=1)  # a carrier that no terms describe: it rests on weekends and holidays


def promise_for(
    policy: Policy, service: str | None, placed_at: datetime, destination: Destination, closed: RouteOffDays
) -> Promise | NoPromiseReason:
    """The promise of the merchant's policy for that service, or for its default service; or why there is none."""
    if policy.delivery is None:
        return "no_delivery_terms"
    terms = policy.delivery.service(service)
    if terms is None:
        return "unknown_service"
    if placed_at.year > _LAST_YEAR:
        return "placed_too_late"
    return compute_promise(policy.delivery.warehouse, terms, placed_at, destination, closed)


def compute_promise(
    warehouse: Warehouse,
    service: ServiceTerms,
    placed_at: datetime,
    destination: Destination,
    closed: RouteOffDays,
) -> Promise:
    """The promise: an instant when the service counts hours, else a day, with the earliest day if that differs."""
    placed_at = placed_at.astimezone(UTC)  # in UTC, clock changes do not alter durations
    ends = _DeliveryRoute(warehouse, service, placed_at, destination.zone, closed)
    if service.hours is not None:
        return Promise(at=_there(ends.opening() + timedelta(hours=service.hours), destination.zone))
    assert service.transit is not None
    since = local_day(ends.hand_over(), destination.zone)
    earliest, day = (
        ends.delivery_day(since, service.transit.min_days),
        ends.delivery_day(since, service.transit.max_days),
    )
    return Promise(day=day, earliest_day=earliest if earliest < day else None)


def off_days(
    policy: Policy, service: str | None, placed_at: datetime, destination: Destination, closed: OffDays
) -> tuple[date, ...]:
    """The days on which the order's carrier rests at the destination, for `OFF_DAYS_FOR` days from the order on."""
    terms = policy.delivery.service(service) if policy.delivery else None
    off = _off_duty(terms or _PLAIN, closed)
    first = local_day(placed_at, destination.zone)
    return tuple(day for day in _days(first, OFF_DAYS_FOR) if is_off_day(day, destination.zone, off))


class _DeliveryRoute:
    """The two ends of one delivery: the working days of the warehouse and of the carrier."""

    def __init__(
        self,
        warehouse: Warehouse,
        service: ServiceTerms,
        placed_at: datetime,
        zone: str,
        closed: RouteOffDays,
    ) -> None:
        self.here, self.there = warehouse.zone, zone
        self.service, self.opens, self.placed_at = service, warehouse.opens, placed_at
        self.first = local_day(placed_at, self.here)
        self.shut = _shut(warehouse, closed.origin, self.first)
        self.no_pick_up = self.shut | _off_duty(service, closed.origin)
        self.off_duty = _off_duty(service, closed.destination)

    def hand_over(self) -> datetime:
        """The cut-off time of the day on which the carrier takes the goods.

        It is the first day after handling on which the warehouse and the carrier both work at the warehouse.
        """
        in_time = self.placed_at < at_local_time(self.first, self.service.cutoff, self.here)
        counted = self.first if in_time else next_day(self.first)
        ready = working_day(counted, self.service.handling, self.here, self.shut)
        return at_local_time(
            working_day(ready, 0, self.here, self.no_pick_up), self.service.cutoff, self.here
        )

    def delivery_day(self, since: date, days: int) -> date:
        """The day so many working days of the carrier after `since`, the day of the hand-over.

        0 days: the same day if the carrier works then, else its next working day.
        """
        if days == 0:
            return working_day(since, 0, self.there, self.off_duty)
        return working_day(next_day(since), days - 1, self.there, self.off_duty)

    def opening(self) -> datetime:
        """The time from which the service's hours count.

        It is the time of the order while both ends work, else the next opening at which both work.
        Raises ValueError when there is none in `_MAX_DAYS` days.
        """
        for day in _days(self.first, _MAX_DAYS):
            begins = max(self.placed_at, at_local_time(day, self.opens, self.here))
            if begins >= at_local_time(day, self.service.cutoff, self.here) or is_off_day(
                day, self.here, self.no_pick_up
            ):
                continue
            if not is_off_day(local_day(begins, self.there), self.there, self.off_duty):
                return begins
        raise ValueError("the service has no working day in sight")


def _days(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=passed) for passed in range(count))


def _shut(warehouse: Warehouse, closed: OffDays, first: date) -> frozenset[date]:
    own = warehouse.weekend
    if own is None:
        weekend = closed.weekend
    else:
        weekend = frozenset(day for day in _days(first, _MAX_DAYS) if WEEKDAYS[day.weekday()] in own)
    return weekend | closed.holidays | frozenset(warehouse.closed)


def _off_duty(service: ServiceTerms, closed: OffDays) -> frozenset[date]:
    """The days on which the carrier rests. A holiday on a weekend day counts as a holiday."""
    works_on = {
        name for name, works in (("saturday", service.saturdays), ("sunday", service.sundays)) if works
    }
    weekend = frozenset(day for day in closed.weekend if WEEKDAYS[day.weekday()] not in works_on)
    holidays = frozenset[date]() if service.holidays else closed.holidays
    return weekend | holidays


def _there(at: datetime, zone: str) -> datetime:
    """The same instant in the local time of the zone, with the UTC offset of that instant."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset()
    assert offset is not None
    return local.replace(tzinfo=timezone(offset), fold=0)
