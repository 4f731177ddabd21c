"""The reasons for which a parcel, or units that have not shipped, are late: one rule a reason (DLY-1).

A rule gives the time from which the customer would be notified of its delay, if nothing happens first.
The customer is notified of the earliest delay that is news.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain.calendars import after_working_days
from domain.delays.news import is_news, late_estimate, notices_about, notices_covering
from domain.model.delay import Delay, DelayReason
from domain.model.delay_terms import DelayTerms
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.scan import ParcelStatus, attempts
from domain.model.state import JourneyState
from domain.model.terms import Terms

_LAST_MILE = {ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AVAILABLE_FOR_PICKUP}
_STUCK = {ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED}

DelayRule = Callable[[Parcel, str, Terms], Iterator[Delay]]


def upcoming_delays(state: JourneyState) -> Iterator[Delay]:
    """The next delay of each subject that will be news unless something happens first; news from its `since` on."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way:
            delays = (delay for rule in OF_A_PARCEL for delay in rule(parcel, state.zone, state.terms))
            notices = notices_about(state, parcel.parcel_id)
            yield from _earliest(delays, notices, notices_covering(state, parcel), state.terms.policy.delays)
    for delay in not_shipped(state):
        notices = notices_about(state, delay.subject)
        yield from _earliest(iter([delay]), notices, notices, state.terms.policy.delays)


def _earliest(
    delays: Iterator[Delay], notices: list[DelayNotice], covering: list[DelayNotice], terms: DelayTerms
) -> Iterator[Delay]:
    """The earliest delay that is news, at most one.

    After its notice the other delays are no news, also when several were due before the journey ran.
    A subject that has had `max_notices` notices has none.
    """
    if len(notices) < terms.max_notices:
        new_delays = [delay for delay in delays if is_news(delay, covering, terms)]
        yield from [min(new_delays, key=lambda delay: delay.since)] if new_delays else []


def not_shipped(state: JourneyState) -> Iterator[Delay]:
    """Units have not shipped `at_risk` hours before their promise breaks: the order's, or the day of a later line.

    No delay while the customer's consent to a later date is required or requested instead, or while units that the
    customer wants again wait to be resent.
    """
    has_consent_question = (
        state.requires_delay_consent or state.has_open("consent") or state.has_open("resend")
    )
    if state.untracked_at is not None or has_consent_question:
        return
    for subject, units in state.unshipped_by_subject().items():
        due = min(state.due_of(line) for line in units)
        since = max(due - timedelta(hours=state.terms.policy.delays.at_risk), state.order.placed_at)
        yield Delay(subject=subject, reason="not_shipped", since=since, due=due)


def estimate_after_promise(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier's own date is later than the promise. It replaces every presumed delay, as it has a date."""
    expected = late_estimate(parcel, zone, terms.policy.delays)
    if parcel.estimate and expected:
        yield _delay(parcel, "estimate_after_promise", parcel.estimate.reported_at, expected)


def estimate_slipped(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier's date still keeps the promise, but is `slipped` hours or more later than its first date."""
    slipped, first = terms.policy.delays.slipped, parcel.first_estimate
    if (
        slipped is None
        or not first
        or not parcel.estimate
        or late_estimate(parcel, zone, terms.policy.delays)
    ):
        return
    earliest, latest = first.latest(zone), parcel.estimate.latest(zone)
    if earliest and latest and latest >= earliest + timedelta(hours=slipped):
        yield _delay(parcel, "estimate_slipped", parcel.estimate.reported_at, latest)


def attempt_failed(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier tried to deliver and could not. The customer is notified at once, for each attempt."""
    failed = attempts(parcel.scans)
    if failed and parcel.tracking.status in _STUCK:
        yield _delay(parcel, "attempt_failed", failed[-1], nth=len(failed))


def carrier_exception(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The carrier reports an exception: late `exception` hours before the promise breaks, or when it comes later."""
    tracking = parcel.tracking
    if tracking.status is ParcelStatus.EXCEPTION and tracking.at is not None:
        since = max(parcel.due - timedelta(hours=terms.policy.delays.exception), tracking.at)
        yield from _unless_late_estimate(parcel, zone, terms, "exception", since)


def no_first_scan(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """A label was made, and the carrier has not scanned the parcel in `first_scan` hours since."""
    hours = terms.policy.delays.first_scan
    if hours is not None and parcel.tracking.moved_at is None:
        since = parcel.registered_at + timedelta(hours=hours)
        yield from _unless_late_estimate(parcel, zone, terms, "no_first_scan", since)


def no_movement(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The parcel moved, and has not moved since for `no_movement_days` of the carrier's working days."""
    days, moved = terms.policy.delays.no_movement_days, parcel.tracking.moved_at
    if days is not None and moved is not None and parcel.tracking.status not in _LAST_MILE | _STUCK:
        since = after_working_days(moved, days, zone, terms.rest_days)
        yield from _unless_late_estimate(parcel, zone, terms, "no_movement", since)


def at_risk(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The promise breaks within `at_risk` hours, and the carrier has reported no movement for `silent` hours.

    That the carrier reports nothing is news too.
    """
    if parcel.tracking.status not in _LAST_MILE | _STUCK:
        moved = parcel.tracking.moved_at or parcel.registered_at
        delays = terms.policy.delays
        since = max(parcel.due - timedelta(hours=delays.at_risk), moved + timedelta(hours=delays.silent))
        if since < parcel.due:
            reason: DelayReason = "no_movement" if parcel.tracking.moved_at else "no_first_scan"
            yield from _unless_late_estimate(parcel, zone, terms, reason, since)


def promise_broken(parcel: Parcel, zone: str, terms: Terms) -> Iterator[Delay]:
    """The promised day or time is over. Of a parcel that was never scanned only this is known, and not that it is late."""
    reason: DelayReason = "promise_broken" if parcel.tracking.moved_at else "no_first_scan"
    yield from _unless_late_estimate(parcel, zone, terms, reason, parcel.due)


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
    """A presumed delay, only while the carrier gives no late date itself."""
    if not late_estimate(parcel, zone, terms.policy.delays):
        yield _delay(parcel, reason, since)


def _delay(
    parcel: Parcel, reason: DelayReason, since: datetime, expected: datetime | None = None, nth: int = 0
) -> Delay:
    return Delay(
        subject=parcel.parcel_id, reason=reason, since=since, due=parcel.due, expected=expected, attempt=nth
    )
