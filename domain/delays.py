"""Delays: when a promise is at risk or broken, why, and whether that is news to the customer."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from domain.base import Fact
from domain.clock import Instant
from domain.journey import JourneyState
from domain.parcels import Parcel, ParcelStatus
from domain.promises import Telling
from domain.terms import DelayTerms

DelayReason = Literal["not_shipped", "no_movement", "trouble", "estimate_after_promise", "promise_broken"]
UNSHIPPED = "unshipped"  # the subject of a delay of what is in no parcel yet

_TROUBLE = {ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED}
_LAST_MILE = {ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AVAILABLE_FOR_PICKUP}


class Delay(Fact):
    """From `since` on the subject counts as late for that reason. `expected`: the new date, where anyone knows it."""

    subject: str
    reason: DelayReason
    since: Instant
    due: Instant
    expected: Instant | None = None


def foreseen(state: JourneyState) -> Iterator[Delay]:
    """The next delay of each subject that will be news unless something happens first, with the moment from which it is."""
    if state.cancelled_at is not None:
        return
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        if parcel.under_way:
            told = [one for one in state.tellings if one.subject == parcel.parcel_id]
            known = told or [one for one in state.tellings if _covers(one, parcel)]
            if len(told) < terms.most:
                yield from _news(_of_parcel(parcel, state.zone, terms), known, terms)
    if state.unshipped() and state.untracked_at is None:
        due = state.due
        at_risk = max(due - timedelta(hours=terms.at_risk), state.order.placed_at)
        told = [one for one in state.tellings if one.subject == UNSHIPPED]
        late = Delay(subject=UNSHIPPED, reason="not_shipped", since=at_risk, due=due)
        if len(told) < terms.most:
            yield from _news([late], told, terms)


def late_estimate(parcel: Parcel, zone: str, terms: DelayTerms) -> datetime | None:
    """When the carrier expects to deliver, where that passes the promise by more than the tolerance."""
    expected = parcel.estimate.latest(zone) if parcel.estimate else None
    late = expected is not None and expected > parcel.due + timedelta(hours=terms.tolerance)
    return expected if late else None


def _of_parcel(parcel: Parcel, zone: str, terms: DelayTerms) -> Iterator[Delay]:
    """The carrier's own estimate wins over our suspicion: it carries a date."""
    standing, due, subject = parcel.standing, parcel.due, parcel.parcel_id
    expected = late_estimate(parcel, zone, terms)
    if parcel.estimate and expected:
        told_at = parcel.estimate.told_at
        yield Delay(
            subject=subject, reason="estimate_after_promise", since=told_at, due=due, expected=expected
        )
        return
    if standing.status in _TROUBLE and standing.at is not None:
        since = max(due - timedelta(hours=terms.trouble), standing.at)
        yield Delay(subject=subject, reason="trouble", since=since, due=due)
    elif standing.status not in _LAST_MILE:
        moved = standing.moved_at or parcel.registered_at
        since = max(due - timedelta(hours=terms.at_risk), moved + timedelta(hours=terms.silent))
        if since < due:
            yield Delay(subject=subject, reason="no_movement", since=since, due=due)
    yield Delay(subject=subject, reason="promise_broken", since=due, due=due)


def _covers(telling: Telling, parcel: Parcel) -> bool:
    """Told as not shipped, and its promise was broken before it shipped at last: that it is late is no news."""
    return telling.subject == UNSHIPPED and telling.told_at < parcel.due <= parcel.registered_at


def _news(delays: Iterable[Delay], known: list[Telling], terms: DelayTerms) -> Iterator[Delay]:
    """What the customer does not know: the first delay of a subject, then only a date that slips further (S-24…S-26).

    The earliest alone: once it is told the others are none, also when both have come before anyone looked.
    """
    news = [delay for delay in delays if not known or _later(delay, known, terms)]
    if news:
        yield min(news, key=lambda delay: delay.since)


def _later(delay: Delay, told: list[Telling], terms: DelayTerms) -> bool:
    if delay.expected is None:
        return False
    latest = max((t.expected for t in told if t.expected is not None), default=None)
    return latest is None or (
        delay.expected > latest and delay.expected >= latest + timedelta(hours=terms.slip)
    )


SENDING = timedelta(hours=1)  # a notice that lies in the outbox for longer reports when it left


def may_have_been_false(telling: Telling, parcel: Parcel) -> bool:
    """The parcel had arrived before the notice of its delay can have left: the carrier's scan came late (NEW-7).

    Whether it had indeed left is judged where notices are sent; an untrue correction is dropped there.
    """
    return parcel.delivered_at is not None and parcel.delivered_at <= (
        telling.left_at or telling.told_at + SENDING
    )


def lead(telling: Telling) -> timedelta:
    """How long before the promise broke the customer knew; negative when after."""
    return telling.due - telling.told_at


def silent_until(parcel: Parcel, days: int) -> datetime:
    """The moment from which a parcel is presumed lost: that many days past its promise and its last sign of life."""
    moved = parcel.standing.moved_at or parcel.registered_at
    return max(moved, parcel.due) + timedelta(days=days)
