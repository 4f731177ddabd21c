"""Units whose money a customer has without their goods, and of which no claim was made yet. A journey does not rest before."""

from domain import payment_keys
from domain.model.claw_back import ClawBack
from domain.model.claw_back_terms import ClawBackGround
from domain.model.open_questions import OpenQuestions
from domain.model.parcel import Parcel
from domain.model.payment import MOVED_OUTSIDE
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.units import UnitsByLine, units_in, without


def unclaimed_units(state: OpenQuestions, case: ReturnCase) -> tuple[ClawBackGround, UnitsByLine] | None:
    """The next ground on which money of the return is asked back, and its units; None where there is none, or not yet.

    A unit is claimed once. Nothing is asked while a payment, a dispute or the question about the goods is open, or during a hold.
    """
    terms, settlements = state.terms.policy.claw_back, state.settlements_of(case.return_id)
    if terms is None or case.decision != "authorized" or case.held_until is not None:
        return None
    if any(leg.open for s in settlements for leg in s.legs) or any(s.takes_back for s in settlements):
        return None
    if any(dispute.holds for dispute in state.disputes):
        return None
    claimed = units_in(one.all_units for one in state.claw_backs if one.return_id == case.return_id)
    paid = units_in(s.units for s in settlements if given_for(s))
    for ground, units in _without_goods(state, case):
        found = without(units, claimed)
        found = without(found, units_in([found]) - paid)
        if ground in terms.grounds and found:
            return ground, found
    return None


def _without_goods(state: OpenQuestions, case: ReturnCase) -> list[tuple[ClawBackGround, UnitsByLine]]:
    found: list[tuple[ClawBackGround, UnitsByLine]] = []
    if case.disputed and not state.has_open("goods_condition", case.return_id):
        found.append(("rejected", case.disputed))
    if case.missing and case.written_off_at is not None:
        never: ClawBackGround = "lost_after_scan" if case.left_customer else "never_arrived"
        found.append(("incomplete" if case.arrived else never, case.missing))
    return found


def unclaimed_units_of_parcel(state: OpenQuestions, parcel: Parcel) -> UnitsByLine:
    """The units of a lost parcel that was delivered after all, which were paid back or sent again; none if not asked for."""
    terms = state.terms.policy.claw_back
    turned_up = parcel.found_notified and parcel.lost_at is not None and parcel.delivered_at is not None
    if terms is None or "parcel_arrived" not in terms.grounds or not turned_up:
        return {}
    if any(one.parcel_id == parcel.parcel_id for one in state.claw_backs):
        return {}
    settlements = settlements_of_parcel(state, parcel.parcel_id)
    if any(leg.open for s in settlements for leg in s.legs):
        return {}
    paid = [s.units for s in settlements if given_for(s)]
    again = [
        other.units
        for other in state.parcels
        if parcel.resent and other is not parcel and other.delivered_at is not None and not other.void
    ]
    twice = units_in([*paid, *again])
    return without(parcel.units, units_in([parcel.units]) - twice)


def settlements_of_parcel(state: OpenQuestions, parcel_id: str) -> list[Settlement]:
    """What was paid because the parcel did not arrive."""
    occasion = payment_keys.occasion_of_undelivered(state.order.order, parcel_id)
    return [one for one in state.settlements if payment_keys.is_part_of(one.occasion, occasion)]


def is_owed_again(state: OpenQuestions, claim: ClawBack) -> bool:
    """Whether what was paid for claimed units came back to the shop since, and the customer does not have it now."""
    settlements = state.settlements_of(claim.return_id) if claim.return_id else []
    settlements = settlements or settlements_of_parcel(state, claim.parcel_id)
    claimed = units_in([claim.units])
    return any(
        leg.open
        for settlement in settlements
        if not (settlement.takes_back or claimed.isdisjoint(units_in([settlement.units])))
        for leg in settlement.legs
    )


def given_for(settlement: Settlement) -> int:
    """What the customer has of a settlement from here, in minor units: money, credit with its bonus, and goods in exchange.

    Not what moved in the storefront or by a bank, and not what takes back.
    """
    if settlement.takes_back or settlement.purpose in MOVED_OUTSIDE:
        return 0
    paid = sum(leg.principal.minor + leg.bonus.minor for leg in settlement.legs if leg.status == "settled")
    return paid - sum(part.amount.minor for part in settlement.parts if part.kind == "exchanged")
