"""Why a parcel, or what has not left yet, is late: each reason a rule of its own with its own timer (DLY-1).

A rule says from when on its delay would be told if nothing happened first. What is then told is the earliest that is news.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain.calendars import after_working_days
from domain.delays.news import is_news, late_estimate, notices_about, notices_covering
from domain.model.delay import UNSHIPPED, Delay, DelayReason
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import DelayTerms, Terms

_LAST_MILE = {ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AVAILABLE_FOR_PICKUP}
_STUCK = {ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED}

DelayRule = Callable[[Parcel, str, Terms], Iterator[Delay]]


def upcoming_delays(state: JourneyState) -> Iterator[Delay]:
    """The next delay of each subject that will be news unless something happens first, with the moment from which it is."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way:
            delays = (one for rule in OF_A_PARCEL for one in rule(parcel, state.zone, state.terms))
            told = notices_about(state, parcel.parcel_id)
            yield from _earliest(delays, told, notices_covering(state, parcel), state.terms.policy.delays)
    told = notices_about(state, UNSHIPPED)
    yield from _earliest(not_shipped(state), told, told, state.terms.policy.delays)


def _earliest(
    delays: Iterator[Delay], notices: list[DelayNotice], covering: list[DelayNotice], terms: DelayTerms
) -> Iterator[Delay]:
    """One at a time: once it is told the others are none, also when several have come before anyone looked."""
    if len(notices) < terms.max_notices:
        news = [delay for delay in delays if is_news(delay, covering, terms)]
        yield from [min(news, key=lambda delay: delay.since)] if news else []


def not_shipped(state: JourneyState) -> Iterator[Delay]:
    """Something has not left a day before the promise breaks.

    Silent where the customer is asked to agree instead, or has just chosen to have it sent again.
    """
    asked = state.requires_delay_consent or state.has_open("consent") or state.has_open("resend")
    if state.unshipped() and state.untracked_at is None and not asked:
        at_risk = state.due - timedelta(hours=state.terms.policy.delays.at_risk)
        since = max(at_risk, state.order.placed_at)
        yield Delay(subject=UNSHIPPED, reason="not_shipped", since=since, due=state.due)


def estimate_after_promise(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier's own date passes the promise: it wins over every suspicion, as it carries a date."""
    expected = late_estimate(parcel, zone, terms.policy.delays)
    if parcel.estimate and expected:
        yield _delay(parcel, "estimate_after_promise", parcel.estimate.reported_at, expected)


def estimate_slipped(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier's date still keeps the promise, but not the hope that its first date gave."""
    slipped, first = terms.policy.delays.slipped, parcel.first_estimate
    if (
        slipped is None
        or not first
        or not parcel.estimate
        or late_estimate(parcel, zone, terms.policy.delays)
    ):
        return
    was, is_ = first.latest(zone), parcel.estimate.latest(zone)
    if was and is_ and is_ >= was + timedelta(hours=slipped):
        yield _delay(parcel, "estimate_slipped", parcel.estimate.reported_at, is_)


def attempt_failed(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier was at the door and could not deliver: told at once, attempt by attempt."""
    attempts = [scan.at for scan in parcel.scans if scan.status is ParcelStatus.ATTEMPT_FAILED]
    if attempts and parcel.tracking.status in _STUCK:
        yield _delay(parcel, "attempt_failed", attempts[-1], nth=len(attempts))


def carrier_exception(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """An exception on the way, three days before the promise breaks or whenever it comes after that."""
    standing = parcel.tracking
    if standing.status is ParcelStatus.EXCEPTION and standing.at is not None:
        since = max(parcel.due - timedelta(hours=terms.policy.delays.exception), standing.at)
        yield from _unless_late_estimate(parcel, zone, terms, "exception", since)


def no_first_scan(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """A label was made and nobody has scanned the parcel since."""
    hours = terms.policy.delays.first_scan
    if hours is not None and parcel.tracking.moved_at is None:
        since = parcel.registered_at + timedelta(hours=hours)
        yield from _unless_late_estimate(parcel, zone, terms, "no_first_scan", since)


def no_movement(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """It moved once and has not for some of the carrier's working days."""
    days, moved = terms.policy.delays.no_movement_days, parcel.tracking.moved_at
    if days is not None and moved is not None and parcel.tracking.status not in _LAST_MILE | _STUCK:
        since = after_working_days(moved, days, zone, terms.rest_days)
        yield from _unless_late_estimate(parcel, zone, terms, "no_movement", since)


def at_risk(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The day before its promise breaks, and nobody has seen it for a day: silence is news too."""
    if parcel.tracking.status not in _LAST_MILE | _STUCK:
        moved = parcel.tracking.moved_at or parcel.registered_at
        delays = terms.policy.delays
        since = max(parcel.due - timedelta(hours=delays.at_risk), moved + timedelta(hours=delays.silent))
        if since < parcel.due:
            yield from _unless_late_estimate(parcel, zone, terms, "no_movement", since)


def promise_broken(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The promised day is over."""
    yield from _unless_late_estimate(parcel, zone, terms, "promise_broken", parcel.due)


OF_A_PARCEL: tuple[DelayRule, ...] = (
    estimate_after_promise,
    estimate_slipped,
    attempt_failed,
    carrier_exception,
    no_first_scan,
    no_movement,
    at_risk,
    promise_broken,
)


def _unless_late_estimate(
    parcel: Parcel, zone: str, terms: Terms, reason: DelayReason, since: datetime
) -> Iterator[Delay]:
    """A suspicion, told only while the carrier names no late date itself."""
    if not late_estimate(parcel, zone, terms.policy.delays):
        yield _delay(parcel, reason, since)


def _delay(
    parcel: Parcel, reason: DelayReason, since: datetime, expected: datetime | None = None, nth: int = 0
) -> Delay:
    return Delay(
        subject=parcel.parcel_id, reason=reason, since=since, due=parcel.due, expected=expected, attempt=nth
    )
