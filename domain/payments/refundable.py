"""What is left to give back: per tender, per unit, counting everything promised and paid so far."""

from collections import Counter

from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.settlement import Leg
from domain.model.state import JourneyState
from domain.money import Money, total, zero


def committed_legs(state: JourneyState) -> list[Leg]:
    """Legs that hold on to their principal: all but those an agent waived."""
    return [
        leg
        for settlement in state.settlements
        if settlement.purpose != "reversal"
        for leg in settlement.legs
        if leg.status != "skipped"
    ]


def _reversed(state: JourneyState) -> list[Leg]:
    """Legs that took store credit back and are through with it."""
    return [
        leg
        for settlement in state.settlements
        if settlement.purpose == "reversal"
        for leg in settlement.legs
        if leg.status == "settled"
    ]


def reserved_for(state: JourneyState, case: ReturnCase) -> list[TenderShare]:
    """The case's quoted shares that no leg has taken up yet: promised to it, so not to others."""
    planned: Counter[str] = Counter()
    for settlement in state.settlements_of(case.return_id):
        if settlement.purpose != "reversal":
            for leg in settlement.legs:
                planned[leg.tender_id] += leg.principal.minor
    left = [(share, share.amount.minor - planned[share.tender_id]) for share in case.quote.shares]
    return [share.of(minor) for share, minor in left if minor > 0]


def payable_for(state: JourneyState, case: ReturnCase) -> list[TenderShare]:
    """What is reserved for the case and still there: a refund made elsewhere may have taken some of it."""
    there = {share.tender_id: share.amount for share in unrefunded_per_tender(state)}
    return [
        share.model_copy(update={"amount": min(share.amount, there[share.tender_id])})
        for share in reserved_for(state, case)
    ]


def unrefunded_per_tender(state: JourneyState) -> list[TenderShare]:
    """Per tender what no payment has taken or will, whoever it is promised to."""
    return _remaining_per_tender(state, Counter())


def refundable_per_tender(state: JourneyState) -> list[TenderShare]:
    """Per tender what may still be promised, in the order of the terms: captured - paid or owed - reserved by returns."""
    promised: Counter[str] = Counter()
    for share in (share for case in state.returns if case.live for share in reserved_for(state, case)):
        promised[share.tender_id] += share.amount.minor
    return _remaining_per_tender(state, promised)


def _remaining_per_tender(state: JourneyState, taken: Counter[str]) -> list[TenderShare]:
    """Captured less what is taken, paid or owed; never below nothing, also where more than that was promised."""
    for leg in committed_legs(state):
        taken[leg.tender_id] += leg.principal.minor
    for leg in _reversed(state):
        taken[leg.tender_id] -= leg.principal.minor
    shares = [
        TenderShare(
            tender_id=tender.tender_id,
            kind=tender.kind,
            amount=Money(
                minor=max(0, tender.amount.minor - taken[tender.tender_id]), currency=state.order.currency
            ),
        )
        for tender in state.order.tenders
    ]
    rank = {kind: place for place, kind in enumerate(state.terms.policy.tender_order)}
    return sorted(shares, key=lambda share: rank.get(share.kind, len(rank)))


def value_of(state: JourneyState, units: dict[str, list[int]]) -> Money:
    """What these units cost after discounts."""
    worth = zero(state.order.currency)
    for line_id, indexes in units.items():
        values = state.order.unit_values(line_id)
        worth = worth + total([values[index] for index in indexes], state.order.currency)
    return worth
