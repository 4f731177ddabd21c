"""The estimated effort of a customer: how hard an order was for them, computed from what happened, with no survey (NEW-15).

The score is 7 where nothing was asked of the customer and nothing went wrong. Each cost takes points away, down to 1.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from domain.clock import local_day
from domain.figures.fact import FigureFact
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState

EASIEST, HARDEST = 7, 1

COSTS = {
    "date_moved": 1,
    "question": 1,
    "parcel_lost": 2,
    "not_received": 2,
    "reply": 1,
    "return_review": 1,
    "return_refused": 2,
    "refund_trouble": 1,
    "long_wait": 1,
}
"""What each thing that happened costs: a later date, a question, a loss, a claim of non-receipt, a letter to and fro, a review,
a refusal, a refund that went wrong, and more than ten days from the hand-over to the money."""

_LONG_WAIT = timedelta(days=10)


def effort_facts(state: JourneyState) -> Iterator[FigureFact]:
    """The score of an order that has arrived, was cancelled or has a return, and what it consists of."""
    if state.delivered != "all" and state.cancelled_at is None and not state.returns:
        return
    day, country = local_day(state.order.placed_at, state.zone), state.order.destination.country
    parts = {name: count for name, count in _happened(state).items() if count}
    for name, count in parts.items():
        yield FigureFact("effort_part", name, day, country=country, reason=name, times=count)
    score = effort_score(parts.items())
    yield FigureFact("effort", "", day, country=country, bucket=score, value=score)


def effort_score(parts: Iterable[tuple[str, int]]) -> int:
    """The score of an order to which these things happened, each so often."""
    return max(HARDEST, EASIEST - sum(COSTS[name] * count for name, count in parts))


def _happened(state: JourneyState) -> dict[str, int]:
    return {
        "date_moved": sum(notice.dropped_at is None for notice in state.delay_notices),
        "question": len(state.consents),
        "parcel_lost": sum(parcel.lost_at is not None for parcel in state.parcels),
        "not_received": sum(parcel.trace_count > 0 for parcel in state.parcels),
        "reply": state.reply_count,
        "return_review": sum(case.risk is not None and bool(case.waived) for case in state.returns),
        "return_refused": sum(case.decision == "refused" for case in state.returns),
        "refund_trouble": sum(leg.decline_notified or leg.chased for leg in state.legs()),
        "long_wait": sum(_waited_long(state, case) for case in state.returns),
    }


def _waited_long(state: JourneyState, case: ReturnCase) -> bool:
    settled = [
        leg.settled_at for paid in state.settlements_of(case.return_id) for leg in paid.legs if leg.settled_at
    ]
    return bool(settled and case.handed_over_at and max(settled) - case.handed_over_at > _LONG_WAIT)
