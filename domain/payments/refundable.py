"""What can still be refunded, per tender: the captured amount less what is promised or paid."""

from collections import Counter

from domain.model.leg import Leg
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.refund_amounts import value_of_units
from domain.units import UnitsByLine, units_in, without


def committed_legs(state: JourneyState) -> list[Leg]:
    """Legs whose principal is paid or still owed: all but those that an agent waived."""
    return [
        leg
        for settlement in state.settlements
        if not settlement.takes_back
        for leg in settlement.legs
        if leg.status != "skipped"
    ]


def _reversed(state: JourneyState) -> list[Leg]:
    """Legs that have taken store credit back."""
    return [
        leg
        for settlement in state.settlements
        if settlement.takes_back
        for leg in settlement.legs
        if leg.status == "settled"
    ]


def reserved_for(state: JourneyState, case: ReturnCase) -> list[TenderShare]:
    """The quoted shares that no leg of the return pays yet. They are promised to this return and to no other.

    Once all of its units are settled nothing more is promised: it was paid less where the customer had paid less. What new
    goods of an exchange were paid with is theirs, so that it pays for them when they come back.
    """
    settled = units_in(settlement.units for settlement in state.settlements_of(case.return_id))
    if not without(case.units, settled):
        return []
    planned: Counter[str] = Counter()
    for settlement in state.settlements_of(case.return_id):
        if not settlement.takes_back:
            for leg in settlement.legs:
                planned[leg.tender_id] += leg.principal.minor
    left = [(share, share.amount.minor - planned[share.tender_id]) for share in case.quote.shares]
    return _without(
        [share.of(minor) for share, minor in left if minor > 0], carried_by_exchange(state, case.return_id)
    )


def carried_by_exchange(state: JourneyState, return_id: str) -> int:
    """What units of the return were worth that were exchanged, as far as it pays for the new goods; in minor units."""
    parts = (part for s in state.settlements_of(return_id) for part in s.parts)
    return -sum(part.amount.minor for part in parts if part.kind == "exchanged")


def _without(shares: list[TenderShare], minor: int) -> list[TenderShare]:
    """The shares less so much, in their order."""
    left: list[TenderShare] = []
    for share in shares:
        gone = min(minor, share.amount.minor)
        minor -= gone
        if gone < share.amount.minor:
            left.append(share.of(share.amount.minor - gone))
    return left


def payable_for(state: JourneyState, case: ReturnCase) -> list[TenderShare]:
    """The reserved shares of the return that are still unrefunded: an external refund may have used some of them.

    They go the way that the tender has now: it may have been captured since the quote.
    """
    unrefunded = {share.tender_id: share for share in unrefunded_per_tender(state)}
    return [
        unrefunded[share.tender_id].of(min(share.amount, unrefunded[share.tender_id].amount).minor)
        for share in reserved_for(state, case)
    ]


def unrefunded_per_tender(state: JourneyState) -> list[TenderShare]:
    """Per tender, what no leg has paid or will pay. It may be promised to a return."""
    return _remaining_per_tender(state, Counter())


def refundable_per_tender(state: JourneyState) -> list[TenderShare]:
    """Per tender, what can still be promised: captured, less paid or owed, less reserved by returns.

    Tenders are in the order that the terms give.
    """
    promised: Counter[str] = Counter()
    for share in (share for case in state.returns if case.live for share in reserved_for(state, case)):
        promised[share.tender_id] += share.amount.minor
    return _remaining_per_tender(state, promised)


def _remaining_per_tender(state: JourneyState, taken: Counter[str]) -> list[TenderShare]:
    """Per tender, the captured amount less what is taken, paid or owed.

    Never below zero, also when more was promised than is left.
    """
    for leg in committed_legs(state):
        taken[leg.tender_id] += leg.principal.minor
    for leg in _reversed(state):
        taken[leg.tender_id] -= leg.principal.minor
    shares = [
        TenderShare(
            tender_id=tender.tender_id,
            kind=tender.kind,
            to=tender.refunded_to,
            captured=tender.captured,
            amount=Money(
                minor=max(0, tender.amount.minor - taken[tender.tender_id]), currency=state.order.currency
            ),
        )
        for tender in state.order.tenders
    ]
    rank = {kind: place for place, kind in enumerate(state.terms.policy.tender_order)}
    return sorted(shares, key=lambda share: rank.get(share.kind, len(rank)))


def value_of(state: JourneyState, units: UnitsByLine) -> Money:
    """The price of these units after discounts, with their duty."""
    return Money(minor=value_of_units(state.order, units), currency=state.order.currency)
