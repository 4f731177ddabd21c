"""When an order arrives, package by package: what was promised, what is expected now, and whether that is on time."""

from datetime import datetime, timedelta
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, local_day
from domain.delays.news import notices_covering
from domain.model.delay import is_unshipped
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice, FollowUp
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking.customer_parcel import ExpectedDelivery
from domain.tracking.eta import Eta
from domain.tracking.expected_delivery import etas

Arrival = Literal[
    "on_time",
    "late",
    "unknown",
    "arrived",
    "ready_to_collect",
    "returning",
    "lost",
    "sent_again",
    "cancelled",
]

_AWAITED: tuple[Arrival, ...] = ("on_time", "late", "unknown", "ready_to_collect")
_INSTANT = timedelta(microseconds=1)  # the end of a day is the first instant after it


class PageDelay(Frozen):
    """A delay that the customer was told of and that is not over."""

    cause: str
    """Why it is late: a code of delay reasons."""
    due: Instant
    """The promise that breaks."""
    expected: Instant | None
    """The new date; null while none is known."""
    days: int | None
    """How many days later than promised; null while no new date is known."""
    notified_at: Instant
    """When the customer was told."""
    next_message_by: Instant | None
    """By when the customer hears more, even if nothing is new; null where that was not promised."""


class PagePackage(Frozen):
    """One package, or what is in no parcel yet."""

    parcel: str
    """Its id within the order; empty for what is in no parcel yet."""
    number: int
    """Which of the packages it is, from 1."""
    arrival: Arrival
    """`on_time` or `late` by what is expected now; `unknown` where no date is known; else what became of it."""
    status: ParcelStatus | None
    """How far the carrier says it is; null for what is in no parcel yet."""
    carrier: str
    """The carrier; empty where none is known."""
    tracking_number: str | None
    """Null where the parcel is not tracked."""
    promised: ExpectedDelivery
    """What was promised, in the form in which it was."""
    due: Instant
    """When that promise breaks."""
    expected: ExpectedDelivery | None
    """When it is expected now; null where no date is known, and once it arrived or will not arrive."""
    arrived_at: Instant | None
    """When it arrived."""
    arrived_local: str | None
    """The wall time or day to show, where the instant is not known."""
    late_days: int
    """How many days later than promised it is expected, or arrived; 0 if in time or unknown."""
    delay: PageDelay | None
    """The delay of which the customer was told, while it lasts."""
    units: dict[str, int]
    """How many units of each line."""


def packages(state: JourneyState, now: datetime) -> tuple[PagePackage, ...]:
    """All packages in the order in which they were registered, and what is in no parcel yet as the last one."""
    shown = [parcel for parcel in state.parcels if not parcel.void]
    found = [_of_parcel(state, parcel, number, now) for number, parcel in enumerate(shown, 1)]
    if state.unshipped() and state.cancelled_at is None:
        found.append(_of_rest(state, len(found) + 1, now))
    return tuple(found)


def first_awaited(found: tuple[PagePackage, ...]) -> PagePackage | None:
    """The package that the page is about: the one that comes next, else the one that arrived last."""
    awaited = [one for one in found if one.arrival in _AWAITED]
    if awaited:
        return min(awaited, key=lambda one: (not one.parcel, one.arrival != "ready_to_collect", one.due))
    arrived = [one for one in found if one.arrived_at is not None]
    return max(arrived, key=lambda one: (one.arrived_at, one.number)) if arrived else (found or (None,))[-1]


def _of_parcel(state: JourneyState, parcel: Parcel, number: int, now: datetime) -> PagePackage:
    expectations = etas(state, parcel)
    expected = None if parcel.delivered_at else expectations.effective
    arrival = _arrival(state, parcel, expected, now)
    delivered = parcel.tracking.delivered
    ends = parcel.delivered_at or (expected.ends(state.zone) if expected else None)
    return PagePackage(
        parcel=parcel.parcel_id,
        number=number,
        arrival=arrival,
        status=parcel.tracking.status,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number or None,
        promised=_date(expectations.promised),
        due=parcel.due,
        expected=_date(expected) if expected and ends and ends > now and arrival in _AWAITED else None,
        arrived_at=parcel.delivered_at,
        arrived_local=delivered.local if parcel.delivered_at and delivered else None,
        late_days=_days_late(ends, parcel.due, state.zone),
        delay=_delay(state, notices_covering(state, parcel)) if arrival in ("late", "unknown") else None,
        units={line: len(units) for line, units in parcel.units.items()},
    )


def _arrival(state: JourneyState, parcel: Parcel, expected: Eta | None, now: datetime) -> Arrival:
    if parcel.delivered_at is not None:
        return "arrived"
    if parcel.lost_at is not None:
        return "sent_again" if parcel.resent else "lost"
    if state.contents_cancelled(parcel):
        return "cancelled"
    match parcel.tracking.status:
        case ParcelStatus.RETURN_TO_SENDER:
            return "returning"
        case ParcelStatus.AVAILABLE_FOR_PICKUP:
            return "ready_to_collect"
    return _by_date(expected.ends(state.zone) if expected else None, parcel.due, now)


def _by_date(ends: datetime | None, due: datetime, now: datetime) -> Arrival:
    """A promise that has passed is broken, whatever is known of another date."""
    if now >= due:
        return "late"
    if ends is None or ends <= now:
        return "unknown"
    return "late" if ends > due else "on_time"


def _of_rest(state: JourneyState, number: int, now: datetime) -> PagePackage:
    """What is in no parcel yet, by the earliest promise among its lines."""
    units = state.unshipped()
    due = min((state.due_of(line) for line in units), default=state.due)
    told = [one for one in state.delay_notices if is_unshipped(one.subject) and one.dropped_at is None]
    newest = max(told, key=lambda one: one.notified_at, default=None)
    date = newest.expected if newest else due
    promised = state.order.promise
    on_first = promised.due(state.zone) == due
    return PagePackage(
        parcel="",
        number=number,
        arrival=_by_date(date, due, now),
        status=None,
        carrier="",
        tracking_number=None,
        promised=ExpectedDelivery.model_validate(promised.model_dump()) if on_first else _instant(due),
        due=due,
        expected=None if date is None or date <= now else _shown(state, date, due),
        arrived_at=None,
        arrived_local=None,
        late_days=_days_late(date, due, state.zone),
        delay=_delay(state, told),
        units={line: len(indexes) for line, indexes in units.items()},
    )


def _shown(state: JourneyState, date: datetime, due: datetime) -> ExpectedDelivery:
    """In the form of the promise where it is the promise."""
    promised = state.order.promise
    if date == due and promised.due(state.zone) == due:
        return ExpectedDelivery.model_validate(promised.model_dump())
    return _instant(date)


def _delay(state: JourneyState, told: list[DelayNotice]) -> PageDelay | None:
    if not told:
        return None
    newest = max(told, key=lambda one: (one.notified_at, one.revision))
    days = _days_late(newest.expected, newest.due, state.zone) if newest.expected else None
    return PageDelay(
        cause=newest.reason,
        due=newest.due,
        expected=newest.expected,
        days=days,
        notified_at=newest.sent_at or newest.notified_at,
        next_message_by=min((one.due for one in open_follow_ups(state, newest.subject)), default=None),
    )


def open_follow_ups(state: JourneyState, subject: str = "") -> list[FollowUp]:
    """The messages that were promised about that subject, or any, and are still to come."""
    return [one for one in state.follow_ups if one.open and subject in ("", one.subject)]


def _days_late(ends: datetime | None, due: datetime, zone: str) -> int:
    if ends is None or ends <= due:
        return 0
    return max(1, (local_day(ends - _INSTANT, zone) - local_day(due - _INSTANT, zone)).days)


def _date(eta: Eta) -> ExpectedDelivery:
    return ExpectedDelivery(
        at=eta.at, day=eta.day, earliest_at=eta.earliest_at, earliest_day=eta.earliest_day
    )


def _instant(at: datetime) -> ExpectedDelivery:
    return ExpectedDelivery(at=at, day=None, earliest_at=None, earliest_day=None)
