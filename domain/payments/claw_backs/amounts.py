"""What was paid for claimed units, and which of them are still missing."""

from datetime import datetime

from domain.model.claimable_units import given_for, settlements_of_parcel
from domain.model.claw_back import ClawBack
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.bonuses import bonus_expiry
from domain.payments.refund_amounts import value_of_units
from domain.units import UnitsByLine, both, units_in, without


def owed_for(state: JourneyState, settlements: list[Settlement], units: UnitsByLine, now: datetime) -> Money:
    """What these settlements gave for the units: their share by value of what was given from here.

    The bonus of store credit counts until it expires. Whether it was spent before is not known here: the doubt is for the
    customer.
    """
    minor = 0
    for settlement in settlements:
        given = given_for(settlement) - _expired_bonus(state, settlement, now)
        whole = value_of_units(state.order, settlement.units)
        if given and whole:
            minor += given * value_of_units(state.order, both(settlement.units, units)) // whole
    return Money(minor=minor, currency=state.order.currency)


def _expired_bonus(state: JourneyState, settlement: Settlement, now: datetime) -> int:
    minor = 0
    for leg in settlement.legs:
        expires_at = bonus_expiry(state, [leg])
        if leg.status == "settled" and expires_at is not None and expires_at <= now:
            minor += leg.bonus.minor
    return minor


def owed_now(state: JourneyState, claim: ClawBack, now: datetime) -> Money:
    """What the customer has for the claimed units as it stands: less where a payment came back and was waived."""
    if claim.return_id:
        return owed_for(state, state.settlements_of(claim.return_id), claim.units, now)
    return owed_for_parcel(state, claim.parcel_id, claim.units, now)


def owed_for_parcel(state: JourneyState, parcel_id: str, units: UnitsByLine, now: datetime) -> Money:
    """What was paid back for the units, and what those cost that were sent again."""
    settlements = settlements_of_parcel(state, parcel_id)
    paid = units_in(s.units for s in settlements)
    again = Money(minor=value_of_units(state.order, without(units, paid)), currency=state.order.currency)
    return owed_for(state, settlements, units, now) + again


def still_without_goods(state: JourneyState, claim: ClawBack) -> UnitsByLine:
    """The claimed units whose goods have not come or are not accepted. None once the return's credit was taken back."""
    case = state.case(claim.return_id) if claim.return_id else None
    if case is None:
        return claim.units
    if any(settlement.takes_back for settlement in state.settlements_of(case.return_id)):
        return {}
    missing = units_in([case.missing, case.disputed])
    return without(claim.units, units_in([claim.units]) - missing)
