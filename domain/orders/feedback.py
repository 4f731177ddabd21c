"""When a customer is asked how it went: after the delivery, after a return, after the money; each once, one at a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.base import Frozen
from domain.clock import Instant
from domain.model.feedback import FeedbackAnswer, Survey
from domain.model.state import JourneyState
from domain.payments.money_status import is_fully_paid

MOMENT = timedelta(days=30)
"""For how long after it happened the customer is asked."""


class FeedbackMoment(Frozen):
    """Something that went well or not, and that the customer may judge. subject: the return, or empty for the order."""

    survey: Survey
    subject: str
    at: Instant


def open_moment(state: JourneyState, now: datetime) -> FeedbackMoment | None:
    """The newest moment without an answer that is not long ago; None where there is none, or the order was cancelled."""
    fresh = [one for one in moments(state) if one.at <= now < one.at + MOMENT]
    unanswered = [one for one in fresh if answer_of(state, one.survey, one.subject) is None]
    return max(unanswered, key=lambda one: one.at, default=None)


def answer_of(state: JourneyState, survey: Survey, subject: str) -> FeedbackAnswer | None:
    return next((one for one in state.feedback if (one.survey, one.subject) == (survey, subject)), None)


def moments(state: JourneyState) -> Iterator[FeedbackMoment]:
    """All that may be judged, answered or not."""
    if state.cancelled_at is not None:
        return
    arrived = [parcel.delivered_at for parcel in state.parcels if parcel.delivered_at]
    if state.delivered == "all" and arrived:
        yield FeedbackMoment(survey="csat", subject="", at=max(arrived))
    for case in state.returns:
        if case.live and case.left_customer and case.handed_over_at:
            yield FeedbackMoment(survey="ces", subject=case.return_id, at=case.handed_over_at)
    paid = list(_paid(state))
    if paid:
        yield FeedbackMoment(survey="nps", subject="", at=min(paid))


def _paid(state: JourneyState) -> Iterator[datetime]:
    """When the money of each return was there."""
    for case in state.returns:
        legs = [leg for one in state.settlements_of(case.return_id) for leg in one.legs]
        times = [leg.settled_at for leg in legs if leg.status == "settled" and leg.settled_at]
        if case.live and times and is_fully_paid(state, case):
            yield max(times)
