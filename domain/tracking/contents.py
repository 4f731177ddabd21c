"""Contents of a fulfilment with several labels: no storefront reports which goods are in which box."""

from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.units import UnitsByLine, units_in, without


def share_out(state: JourneyState, fulfilment: str) -> None:
    """Divide the fulfilment's units among its labels, as far as that is certain.

    All are in the only label that is left; with several labels they are shared, and no label has them. What a person or
    a command said of one label stays.
    """
    labels = [
        parcel for parcel in state.parcels if parcel.fulfilment == fulfilment and parcel.contents_shared
    ]
    units = _merged([state.shared_units.pop(fulfilment, {}), *(parcel.units for parcel in labels)])
    for parcel in labels:
        parcel.units = {}
    left = [parcel for parcel in labels if not parcel.void]
    if len(left) == 1:
        left[0].units = without(units, _packed_elsewhere(state))
    elif left and units:
        state.shared_units[fulfilment] = units


def assign_contents(state: JourneyState, parcel: Parcel, units: UnitsByLine) -> None:
    """A person says what is in this label; the rest is in the others."""
    shared = state.shared_units.get(parcel.fulfilment, {})
    state.shared_units[parcel.fulfilment] = without(shared, units_in([units]))
    parcel.units, parcel.contents_shared = units, False
    share_out(state, parcel.fulfilment)
    state.settle_question("contents_unknown", parcel.parcel_id)


def _packed_elsewhere(state: JourneyState) -> frozenset[tuple[str, int]]:
    return units_in(parcel.units for parcel in state.parcels if not (parcel.void or parcel.resent))


def _merged(claims: list[UnitsByLine]) -> UnitsByLine:
    merged: UnitsByLine = {}
    for units in claims:
        for line, indexes in units.items():
            merged[line] = sorted({*merged.get(line, []), *indexes})
    return merged
