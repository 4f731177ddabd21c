"""Which delays journeys that run under rules 1 tell. It goes when no open run has those rules any more."""

from collections.abc import Iterator
from datetime import timedelta

from domain.delays import UNSHIPPED, Delay, is_news, known_of, late_estimate, told_of
from domain.journey import JourneyState
from domain.parcels import Parcel, ParcelStatus
from domain.promises import Telling
from domain.terms import DelayTerms

_TROUBLE = {ParcelStatus.EXCEPTION, ParcelStatus.ATTEMPT_FAILED}
_LAST_MILE = {ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AVAILABLE_FOR_PICKUP}


def foreseen(state: JourneyState) -> Iterator[Delay]:
    """The next delay of each subject that will be news unless something happens first."""
    if state.cancelled_at is not None:
        return
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        if parcel.under_way and len(told_of(state, parcel.parcel_id)) < terms.most:
            yield from _earliest(_of_parcel(parcel, state.zone, terms), known_of(state, parcel), terms)
    if state.unshipped() and state.untracked_at is None:
        told = told_of(state, UNSHIPPED)
        at_risk = max(state.due - timedelta(hours=terms.at_risk), state.order.placed_at)
        late = Delay(subject=UNSHIPPED, reason="not_shipped", since=at_risk, due=state.due)
        if len(told) < terms.most:
            yield from _earliest(iter([late]), told, terms)


def _of_parcel(parcel: Parcel, zone: str, terms: DelayTerms) -> Iterator[Delay]:
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


def _earliest(delays: Iterator[Delay], known: list[Telling], terms: DelayTerms) -> Iterator[Delay]:
    news = [delay for delay in delays if is_news(delay, known, terms)]
    if news:
        yield min(news, key=lambda delay: delay.since)
