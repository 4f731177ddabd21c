"""Delays: a promise at risk or broken, why, and whether that is news to the customer."""

from datetime import datetime, timedelta

from domain.model.delay import MAX_SEND_DELAY, UNSHIPPED, Delay
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState
from domain.model.terms import DelayTerms


def late_estimate(parcel: Parcel, zone: str, terms: DelayTerms) -> datetime | None:
    """When the carrier expects to deliver, where that passes the promise by more than the tolerance."""
    expected = parcel.estimate.latest(zone) if parcel.estimate else None
    late = expected is not None and expected > parcel.due + timedelta(hours=terms.tolerance)
    return expected if late else None


def notices_about(state: JourneyState, subject: str) -> list[DelayNotice]:
    """What the customer was told of delays of this subject, in turn."""
    return [telling for telling in state.delay_notices if telling.subject == subject]


def notices_covering(state: JourneyState, parcel: Parcel) -> list[DelayNotice]:
    """What the customer knows of the parcel's delay: also that it had not left, while its promise broke before it did."""
    return notices_about(state, parcel.parcel_id) or [
        one for one in state.delay_notices if _covers(one, parcel)
    ]


def _covers(notice: DelayNotice, parcel: Parcel) -> bool:
    """Told as not shipped, and its promise was broken before it shipped at last: that it is late is no news."""
    return notice.subject == UNSHIPPED and notice.notified_at < parcel.due <= parcel.registered_at


def is_news(delay: Delay, notices: list[DelayNotice], terms: DelayTerms) -> bool:
    """The first delay of a subject is, then only a date that slips further, or another failed attempt (S-24…S-26)."""
    if not notices:
        return True
    if delay.attempt:
        return delay.attempt > max(telling.attempt for telling in notices)
    return _later(delay, notices, terms)


def _later(delay: Delay, notices: list[DelayNotice], terms: DelayTerms) -> bool:
    if delay.expected is None:
        return False
    latest = max((t.expected for t in notices if t.expected is not None), default=None)
    return latest is None or (
        delay.expected > latest and delay.expected >= latest + timedelta(hours=terms.slip)
    )


def may_have_been_false(notice: DelayNotice, parcel: Parcel) -> bool:
    """The parcel had arrived before the notice of its delay can have left: the carrier's scan came late (NEW-7).

    Whether it had indeed left is judged where notices are sent; an untrue correction is dropped there.
    """
    arrived = certainly_delivered_at(parcel)
    return arrived is not None and arrived <= (notice.sent_at or notice.notified_at + MAX_SEND_DELAY)


def certainly_delivered_at(parcel: Parcel) -> datetime | None:
    """From when on it had arrived for certain: a delivery told as a bare day may have been at the end of that day."""
    arrived = parcel.delivered_at
    stated = parcel.tracking.delivered
    return arrived + timedelta(days=1) if arrived and stated and stated.precision == "day" else arrived


def presumed_lost_at(parcel: Parcel, days: int) -> datetime:
    """The moment from which a parcel is presumed lost: that many days past its promise and its last sign of life."""
    moved = parcel.tracking.moved_at or parcel.registered_at
    return max(moved, parcel.due) + timedelta(days=days)
