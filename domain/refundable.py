"""What is left to give back: per tender, per unit, counting everything promised and paid so far."""

from domain.journey import JourneyState
from domain.money import Money, total, zero
from domain.quotes import TenderShare
from domain.returns import ReturnCase
from domain.settlements import Leg


def owed_or_paid(state: JourneyState) -> list[Leg]:
    """Legs that hold on to their principal: all but those an agent waived."""
    return [
        leg
        for settlement in state.settlements
        if settlement.purpose != "reversal"
        for leg in settlement.legs
        if leg.status != "skipped"
    ]


def _reversed(state: JourneyState, tender_id: str) -> Money:
    back = [
        leg.principal
        for settlement in state.settlements
        if settlement.purpose == "reversal"
        for leg in settlement.legs
        if leg.tender_id == tender_id and leg.status == "settled"
    ]
    return total(back, state.order.currency)


def reserved_by(state: JourneyState, case: ReturnCase) -> list[TenderShare]:
    """The case's quoted shares that no leg has taken up yet: promised to it, so not to others."""
    planned = {
        share.tender_id: total(
            [
                leg.principal
                for settlement in state.settlements_of(case.return_id)
                if settlement.purpose != "reversal"
                for leg in settlement.legs
                if leg.tender_id == share.tender_id
            ],
            state.order.currency,
        )
        for share in case.quote.shares
    }
    left = [s.model_copy(update={"amount": s.amount - planned[s.tender_id]}) for s in case.quote.shares]
    return [share for share in left if share.amount]


def left_on_tenders(state: JourneyState) -> list[TenderShare]:
    """Per tender what may still be promised, in the order of the terms: captured - paid or owed - reserved by returns."""
    reserved = [share for case in state.returns if case.live for share in reserved_by(state, case)]
    shares = []
    for tender in state.order.tenders:
        taken = [leg.principal for leg in owed_or_paid(state) if leg.tender_id == tender.tender_id]
        taken += [share.amount for share in reserved if share.tender_id == tender.tender_id]
        left = tender.amount - total(taken, state.order.currency) + _reversed(state, tender.tender_id)
        shares.append(
            TenderShare(tender_id=tender.tender_id, kind=tender.kind, payment=tender.payment, amount=left)
        )
    rank = {kind: place for place, kind in enumerate(state.terms.policy.tender_order)}
    return sorted(shares, key=lambda share: rank.get(share.kind, len(rank)))


def value_of(state: JourneyState, units: dict[str, list[int]]) -> Money:
    """What these units cost after discounts."""
    worth = zero(state.order.currency)
    for line_id, indexes in units.items():
        values = state.order.unit_values(line_id)
        worth = worth + total([values[index] for index in indexes], state.order.currency)
    return worth
