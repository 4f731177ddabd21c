"""Money that moved outside this system, split over what it settles: returns that have some of the units, and the order."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.model.quote import TenderShare
from domain.model.settlement import take_up_to
from domain.model.state import JourneyState
from domain.payments.external_allocation import less
from domain.payments.refundable import value_of
from domain.units import UnitsByLine, both, units_in, without


class SettledPart(NamedTuple):
    """The part that settles one return, or the order itself."""

    return_id: str | None
    units: UnitsByLine
    shares: list[TenderShare]


def split_by_return(
    state: JourneyState, units: UnitsByLine, moved: list[TenderShare]
) -> Iterator[SettledPart]:
    """A part for each return that has some of the units, at most their value; the rest is for the order itself."""
    for case in [case for case in state.returns if case.live]:
        of_case = both(units, case.units)
        if of_case:
            taken = take_up_to(moved, value_of(state, of_case))
            moved, units = less(moved, taken), without(units, units_in([of_case]))
            yield SettledPart(case.return_id, of_case, taken)
    if units or moved:
        yield SettledPart(None, units, moved)
