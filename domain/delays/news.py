"""Whether a delay is news to the customer, and the times that this depends on."""

from datetime import datetime, timedelta

from domain.model.delay import MAX_SEND_DELAY, Delay, is_unshipped
from domain.model.delay_terms import DelayTerms
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState


def late_estimate(parcel: Parcel, zone: str, terms: DelayTerms) -> datetime | None:
    """When the carrier expects to deliver, if that is later than the promise by more than the tolerance; else None."""
    expected = parcel.estimate.latest(zone) if parcel.estimate else None
    is_late = expected is not None and expected > parcel.due + timedelta(hours=terms.tolerance)
    return expected if is_late else None


def notices_about(state: JourneyState, subject: str) -> list[DelayNotice]:
    """The delay notices about this subject that were not dropped, in the order in which they were written."""
    return [
        notice for notice in state.delay_notices if notice.subject == subject and notice.dropped_at is None
    ]


def notices_covering(state: JourneyState, parcel: Parcel) -> list[DelayNotice]:
    """The notices that cover the parcel's delay: those about the parcel.

    If there are none: the notices that its units had not shipped, when its promise broke before it shipped.
    """
    return notices_about(state, parcel.parcel_id) or [
        notice for notice in state.delay_notices if notice.dropped_at is None and _covers(notice, parcel)
    ]


def _covers(notice: DelayNotice, parcel: Parcel) -> bool:
    """Whether a notice that units had not shipped covers the parcel: its promise broke before it shipped.

    The customer then knows that it is late, so that is no news.
    """
    return is_unshipped(notice.subject) and notice.notified_at < parcel.due <= parcel.registered_at


def is_news(delay: Delay, notices: list[DelayNotice], terms: DelayTerms) -> bool:
    """Whether the customer does not know of the delay yet (S-24…S-26).

    The first delay of a subject is news. After that, only a later date or another failed attempt is news.
    """
    if not notices:
        return True
    if delay.attempt:
        return delay.attempt > max(notice.attempt for notice in notices)
    return _later(delay, notices, terms)


def _later(delay: Delay, notices: list[DelayNotice], terms: DelayTerms) -> bool:
    if delay.expected is None:
        return False
    latest = max((t.expected for t in notices if t.expected is not None), default=None)
    return latest is None or (
        delay.expected > latest and delay.expected >= latest + timedelta(hours=terms.slip)
    )


def may_have_been_false(notice: DelayNotice, parcel: Parcel) -> bool:
    """Whether the parcel may have arrived before its delay notice was sent, as the carrier's scan came late (NEW-7).

    The sender of notices knows whether the notice was sent before that, and drops a correction that is untrue.
    """
    arrived = certainly_delivered_at(parcel)
    if notice.dropped_at is not None:
        return False
    return arrived is not None and arrived <= (notice.sent_at or notice.notified_at + MAX_SEND_DELAY)


def certainly_delivered_at(parcel: Parcel) -> datetime | None:
    """The time from which the parcel has certainly arrived; None when it is not delivered.

    A delivery that was reported as a day, without a time, may have been at the end of that day.
    """
    arrived = parcel.delivered_at
    stated = parcel.tracking.delivered
    return arrived + timedelta(days=1) if arrived and stated and stated.precision == "day" else arrived


def presumed_lost_at(parcel: Parcel, days: int) -> datetime:
    """The time from which a parcel is presumed lost: so many days after its promise and after its last movement."""
    moved = parcel.tracking.moved_at or parcel.registered_at
    return max(moved, parcel.due) + timedelta(days=days)
