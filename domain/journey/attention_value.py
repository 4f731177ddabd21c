"""How much money is in question where a person is asked: it shows agents what matters, and decides nothing."""

from collections.abc import Iterator

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.refundable import value_of


def value_in_question(state: JourneyState, item: AttentionItem) -> Money:
    """The amount of the return, parcel, payment, dispute or claim that the question is about; else what the order cost."""
    return next(_amounts(state, item.subject), state.order.captured)


def _amounts(state: JourneyState, subject: str) -> Iterator[Money]:
    for case in state.returns:
        if case.return_id == subject:
            yield case.quote.refund
    for parcel in state.parcels:
        if parcel.parcel_id == subject:
            yield value_of(state, parcel.units)
    for settlement in state.settlements:
        for leg in settlement.legs:
            if leg.key == subject:
                yield leg.principal
    for dispute in state.disputes:
        if dispute.dispute == subject and dispute.statements:
            yield dispute.statements[-1].amount
    for claim in state.claw_backs:
        if claim.claim == subject:
            yield claim.amount
