"""What the shop got back of the money of a return: by claims for missing goods, and of a cancelled return's credit."""

from domain.model.claw_back import ClawBackEnd
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.units import Units, units_in

_NOTHING_LOST: frozenset[ClawBackEnd] = frozenset({"accepted", "goods_arrived", "not_owed", "withdrawn"})
"""After these ends the shop has the goods, or the customer has no money for them."""


def taken_back(state: JourneyState, return_id: str) -> int:
    """In minor units of the order's currency. What was given back since is not in it."""
    claims = sum(
        claim.netted.minor + claim.paid.minor for claim in state.claw_backs if claim.return_id == return_id
    )
    reversed_ = sum(
        leg.principal.minor + leg.bonus.minor
        for paid in state.settlements_of(return_id)
        if paid.takes_back
        for leg in paid.legs
        if leg.status == "settled"
    )
    return claims + reversed_


def lost_units(state: JourneyState, case: ReturnCase) -> Units:
    """The units whose goods the shop paid for and does not have: those written off on their way, and those it claimed."""
    claimed = [
        claim.units
        for claim in state.claw_backs
        if claim.return_id == case.return_id and claim.end not in _NOTHING_LOST
    ]
    on_their_way = case.written_off_at is not None and case.left_customer
    return units_in([*claimed, *([case.missing] if on_their_way else [])])
