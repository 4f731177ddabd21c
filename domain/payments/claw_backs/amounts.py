"""What was paid for claimed units, and which of them are still missing."""

from domain.model.claimable_units import given_for, settlements_of_parcel
from domain.model.claw_back import ClawBack
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.refund_amounts import value_of_units
from domain.units import UnitsByLine, both, units_in, without


def owed_for(state: JourneyState, settlements: list[Settlement], units: UnitsByLine) -> Money:
    """What these settlements gave for the units, bonus included: their share by value of what was given from here."""
    minor = 0
    for settlement in settlements:
        given, whole = given_for(settlement), value_of_units(state.order, settlement.units)
        if given and whole:
            minor += given * value_of_units(state.order, both(settlement.units, units)) // whole
    return Money(minor=minor, currency=state.order.currency)


def owed_for_parcel(state: JourneyState, parcel_id: str, units: UnitsByLine) -> Money:
    """What was paid back for the units, and what those cost that were sent again."""
    settlements = settlements_of_parcel(state, parcel_id)
    paid = units_in(s.units for s in settlements)
    again = Money(minor=value_of_units(state.order, without(units, paid)), currency=state.order.currency)
    return owed_for(state, settlements, units) + again


def still_without_goods(state: JourneyState, claim: ClawBack) -> UnitsByLine:
    """The claimed units whose goods have not come or are not accepted. None once the return's credit was taken back."""
    case = state.case(claim.return_id) if claim.return_id else None
    if case is None:
        return claim.units
    if any(settlement.takes_back for settlement in state.settlements_of(case.return_id)):
        return {}
    missing = units_in([case.missing, case.disputed])
    return without(claim.units, units_in([claim.units]) - missing)
