"""Plans of settlements: what is paid for a return, a cancellation, or units that never arrived."""

from datetime import datetime

from domain import payment_keys
from domain.model.leg import Leg
from domain.model.payment import Purpose
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement, legs_for, take_up_to
from domain.model.state import JourneyState
from domain.money import Money, total, zero
from domain.payments.bonuses import bonus_weights, earns_bonus
from domain.payments.extras import extras_left, never_arrived, unpaid_left
from domain.payments.fast_return import FAST_RETURN_TENDER, fixed_bonus
from domain.payments.refund_amounts import Part, as_refund_parts, deduct, sum_of, unit_parts
from domain.payments.refundable import payable_for, refundable_per_tender
from domain.payments.return_amounts import due_parts, unpaid_for
from domain.units import UnitsByLine, units_in, without


def plan_return(state: JourneyState, case: ReturnCase, now: datetime) -> Settlement:
    """The settlement of the units that are payable now. Units that cost nothing have no legs.

    The bonuses are the quote's: that of store credit, and the one for fast returns as the first scan fixed it.
    """
    units = state.payable_units(case)
    parts = due_parts(state, case, units)
    deduct(parts, "unpaid", unpaid_for(state, case))
    shares = take_or_deduct(payable_for(state, case), parts, state.order.currency)
    occasion = payment_keys.occasion_of_return(case.return_id, len(state.settlements_of(case.return_id)) + 1)
    quoted = case.quote.credit_bonus.minor if case.resolution == "store_credit" else 0
    bonus = _bonus_for_part(state, case, shares, quoted)
    bonuses = bonus.allocate(bonus_weights(state, shares)) if shares else []
    legs = legs_for(occasion, _purpose(case), shares, now, bonuses)
    fast = _bonus_for_part(state, case, shares, fixed_bonus(state, case).minor)
    return Settlement(
        occasion=occasion,
        return_id=case.return_id,
        purpose=_purpose(case),
        units=units,
        legs=[*legs, *_fast_return_legs(occasion, case, fast, now)],
        parts=as_refund_parts(parts, state.order.currency),
    )


def _purpose(case: ReturnCase) -> Purpose:
    assert case.resolution != "exchange", f"return {case.return_id} is paid with goods"
    return case.resolution


def take_or_deduct(shares: list[TenderShare], parts: list[Part], currency: str) -> list[TenderShare]:
    """What the parts come to, from these shares in their order. What they do not hold is deducted as refunded before."""
    due = sum_of(parts)
    taken = take_up_to(shares, Money(minor=due, currency=currency))
    deduct(parts, "already_refunded", due - sum(share.amount.minor for share in taken))
    return taken


def _fast_return_legs(occasion: str, case: ReturnCase, bonus: Money, now: datetime) -> list[Leg]:
    """The leg of a fast-return bonus: as store credit, as no payment gives back more than was paid on it."""
    if not bonus:
        return []
    share = TenderShare(
        tender_id=FAST_RETURN_TENDER, kind="store_credit", amount=zero(bonus.currency), to="credit"
    )
    return legs_for(occasion, _purpose(case), [share], now, [bonus])


def _bonus_for_part(state: JourneyState, case: ReturnCase, shares: list[TenderShare], quoted: int) -> Money:
    """The quoted bonus, shared over the parts of a return by what earns it. All parts together pay the quoted bonus."""
    if not quoted:
        return zero(state.order.currency)
    paid = [leg for s in state.settlements_of(case.return_id) for leg in s.legs]
    before = sum(
        leg.principal.minor
        for leg in paid
        if earns_bonus(state.order, state.terms.policy.credit, leg.tender_id)
    )
    upto = before + sum(bonus_weights(state, shares))
    whole = sum(bonus_weights(state, list(case.quote.shares)))
    minor = upto * quoted // whole - before * quoted // whole if whole else 0
    return Money(minor=minor, currency=state.order.currency)


def plan_cancellation(state: JourneyState, now: datetime) -> Settlement:
    """The settlement of a cancelled order: all captured money that is not promised yet, shipping and tip included.

    A payment that is captured later has a further one.

    The money goes back to its tenders. Where the storefront paid back an unknown amount, nothing is planned: finance was asked.
    """
    first = payment_keys.occasion_of_cancel(state.order.order)
    occasion = payment_keys.next_part(first, [settlement.occasion for settlement in state.settlements])
    is_known = not any(record.amount_unknown for record in state.external_refunds)
    shares = [share for share in refundable_per_tender(state) if share.amount and share.captured and is_known]
    whole = {line.line_id: list(range(line.quantity)) for line in state.order.lines}
    # Units that were removed or lost and paid before, and those of an earlier part of this cancellation.
    settled = units_in(one.units for one in state.settlements if one.return_id is None)
    units = without(whole, state.externally_refunded_units() | settled)
    parts = _cancellation_parts(state, units, sum(share.amount.minor for share in shares)) if shares else []
    return Settlement(
        occasion=occasion,
        purpose="refund",
        units=units,
        legs=legs_for(occasion, "refund", shares, now),
        parts=as_refund_parts(parts, state.order.currency),
    )


def _cancellation_parts(state: JourneyState, units: UnitsByLine, paid: int) -> list[Part]:
    """What a cancellation pays for what; it pays all that is left, whatever that is."""
    parts = unit_parts(state.order, units, state.terms.policy.refunds)
    parts += extras_left(state, with_tip=True)
    deduct(parts, "unpaid", min(unpaid_left(state), sum_of(parts) - paid))
    deduct(parts, "already_refunded", sum_of(parts) - paid)
    more = paid - sum_of(parts)
    return [*parts, Part("other", more)] if more else parts


def plan_undelivered(state: JourneyState, parcel_id: str, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of units in a parcel that never arrived."""
    return _plan_units(state, payment_keys.occasion_of_undelivered(state.order.order, parcel_id), units, now)


def plan_unshipped(state: JourneyState, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of units that have not left the shop and were cancelled.

    Where the storefront paid back an unknown amount and did not say for what, they may be paid: finance was asked.
    """
    settlement = _plan_units(state, payment_keys.occasion_of_unshipped(state.order.order), units, now)
    return settlement.without_money() if state.unread_refunds() else settlement


def _plan_units(state: JourneyState, occasion: str, units: UnitsByLine, now: datetime) -> Settlement:
    """The settlement of units that the customer does not have: their value goes back to the original tenders.

    With the last of them shipping and tip go back too, as the terms say, where nothing of the order has ever arrived.
    """
    occasion = payment_keys.next_part(occasion, [settlement.occasion for settlement in state.settlements])
    terms = state.terms.policy.refunds
    parts = unit_parts(state.order, units, terms)
    if terms.lost_order == "everything" and never_arrived(state, units):
        parts += extras_left(state, with_tip=True)
    deduct(parts, "unpaid", unpaid_for(state))
    shares = take_or_deduct(refundable_per_tender(state), parts, state.order.currency)
    return Settlement(
        occasion=occasion,
        purpose="refund",
        units=units,
        legs=legs_for(occasion, "refund", shares, now),
        parts=as_refund_parts(parts, state.order.currency),
    )


def plan_reversal(state: JourneyState, case: ReturnCase, now: datetime) -> Settlement:
    """The settlement that takes back the store credit issued for the return, with its bonus (S-83)."""
    occasion = payment_keys.occasion_of_reversal(case.return_id)
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
        if not settlement.takes_back
        for leg in settlement.legs
        if leg.status == "settled" and leg.to not in ("external", "bank")
    ]
