"""Plans of settlements: what is paid for a return, a cancellation, or units that never arrived."""

from datetime import datetime

from domain import keys
from domain.model.leg import Leg
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement, legs_for, take_up_to
from domain.model.state import JourneyState
from domain.money import Money, total, zero
from domain.payments.bonuses import bonus_weights, earns_bonus
from domain.payments.refundable import payable_for, refundable_per_tender, value_of
from domain.units import UnitsByLine, units_in, without


def plan_return(state: JourneyState, case: ReturnCase, now: datetime) -> Settlement:
    """The settlement of the units that are payable now. Units that cost nothing have no legs.

    The bonus of a store credit is the quote's.
    """
    units = state.payable_units(case)
    shares = take_up_to(payable_for(state, case), value_of(state, units))
    amount = total([share.amount for share in shares], state.order.currency)
    occasion = keys.occasion_of_return(case.return_id, len(state.settlements_of(case.return_id)) + 1)
    bonus = zero(state.order.currency)
    if case.resolution == "store_credit":
        bonus = _bonus_for_part(state, case, shares)
    bonuses = bonus.allocate(bonus_weights(state, shares)) if amount else []
    legs = legs_for(occasion, case.resolution, shares, now, bonuses)
    return Settlement(
        occasion=occasion, return_id=case.return_id, purpose=case.resolution, units=units, legs=legs
    )


def _bonus_for_part(state: JourneyState, case: ReturnCase, shares: list[TenderShare]) -> Money:
    """The quoted bonus, shared over the parts of a return by what earns it. All parts together pay the quoted bonus."""
    paid = [leg for s in state.settlements_of(case.return_id) for leg in s.legs]
    before = sum(
        leg.principal.minor
        for leg in paid
        if earns_bonus(state.order, state.terms.policy.credit, leg.tender_id)
    )
    upto = before + sum(bonus_weights(state, shares))
    whole, quoted = sum(bonus_weights(state, list(case.quote.shares))), case.quote.credit_bonus.minor
    minor = upto * quoted // whole - before * quoted // whole if whole else 0
    return Money(minor=minor, currency=state.order.currency)


def plan_cancellation(state: JourneyState, now: datetime) -> Settlement:
    """The settlement of a cancelled order: all captured money that is not promised yet, shipping and tip included.

    A payment that is captured later has a further one.

    The money goes back to its tenders. Where the storefront paid back an unknown amount, nothing is planned: finance was asked.
    """
    first = keys.occasion_of_cancel(state.order.order)
    occasion = keys.next_part(first, [settlement.occasion for settlement in state.settlements])
    is_known = not any(record.amount_unknown for record in state.external_refunds)
    shares = [share for share in refundable_per_tender(state) if share.amount and share.captured and is_known]
    whole = {line.line_id: list(range(line.quantity)) for line in state.order.lines}
    cancelled = units_in(s.units for s in state.settlements if keys.is_part_of(s.occasion, first))
    units = without(whole, state.externally_refunded_units() | cancelled)
    legs = legs_for(occasion, "refund", shares, now)
    return Settlement(occasion=occasion, purpose="refund", units=units, legs=legs)


def plan_undelivered(state: JourneyState, parcel_id: str, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of units in a parcel that never arrived."""
    return _plan_units(state, keys.occasion_of_undelivered(state.order.order, parcel_id), units, now)


def plan_unshipped(state: JourneyState, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of units that have not left the shop and were cancelled.

    Where the storefront paid back an unknown amount and did not say for what, they may be paid: finance was asked.
    """
    settlement = _plan_units(state, keys.occasion_of_unshipped(state.order.order), units, now)
    return settlement.model_copy(update={"legs": []}) if state.unread_refunds() else settlement


def _plan_units(state: JourneyState, occasion: str, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of these units: their value goes back to the original tenders. Shipping is not refunded."""
    occasion = keys.next_part(occasion, [settlement.occasion for settlement in state.settlements])
    shares = take_up_to(refundable_per_tender(state), value_of(state, units))
    legs = legs_for(occasion, "refund", shares, now)
    return Settlement(occasion=occasion, purpose="refund", units=units, legs=legs)


def plan_reversal(state: JourneyState, case: ReturnCase, now: datetime) -> Settlement:
    """The settlement that takes back the store credit issued for the return, with its bonus (S-83)."""
    occasion = keys.occasion_of_reversal(case.return_id)
    paid: dict[str, list[Leg]] = {}
    for leg in paid_legs(state, case.return_id):
        paid.setdefault(leg.tender_id, []).append(leg)
    currency = state.order.currency
    shares = [
        TenderShare(
            tender_id=tender_id, kind="store_credit", amount=total([leg.principal for leg in legs], currency)
        )
        for tender_id, legs in paid.items()
    ]
    bonuses = [total([leg.bonus for leg in legs], currency) for legs in paid.values()]
    return Settlement(
        occasion=occasion,
        return_id=case.return_id,
        purpose="reversal",
        units={},
        legs=legs_for(occasion, "reversal", shares, now, bonuses),
    )


def paid_legs(state: JourneyState, return_id: str) -> list[Leg]:
    """The legs that paid the return from here, not in the storefront."""
    return [
        leg
        for settlement in state.settlements_of(return_id)
        if settlement.purpose != "reversal"
        for leg in settlement.legs
        if leg.status == "settled" and leg.to != "external"
    ]
