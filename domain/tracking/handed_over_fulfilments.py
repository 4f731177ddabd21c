"""Fulfilments of goods that need no parcel: the storefront reports what was collected, or delivered digitally."""

from datetime import datetime

from domain.model.scan import ParcelStatus
from domain.model.shipment import Shipment
from domain.model.state import JourneyState
from domain.tracking.handovers import hand_over, make_ready
from domain.units import UnitsByLine, units_in, without


def hand_over_fulfilment(state: JourneyState, latest: Shipment, now: datetime) -> bool:
    """Record what the newest report of the fulfilment says of such goods; False when nothing of it is new.

    Goods to be collected count as collected, unless the report says that they wait. A cancelled fulfilment hands nothing over.
    """
    known = [one for one in state.handovers if one.fulfilment == latest.fulfilment]
    waits = latest.status is ParcelStatus.AVAILABLE_FOR_PICKUP
    state.handovers = [one for one in state.handovers if one.fulfilment != latest.fulfilment]
    digital = {} if latest.cancelled else _chosen(_undelivered(state), latest)
    collected = {} if latest.cancelled or latest.tracking_numbers else _chosen(state.uncollected(), latest)
    wanted = {**digital, **({} if waits else collected)}
    reported = [
        (units, done) for units, done in ((collected if waits else {}, False), (wanted, True)) if units
    ]
    if [(one.units, one.handed_over_at is not None) for one in known] == reported:
        state.handovers += known
        return False
    if waits and collected:
        make_ready(state, collected, now, latest.fulfilment)
    if wanted:
        hand_over(state, wanted, latest.updated_at, latest.fulfilment)
    state.closed_at = None
    return True


def _undelivered(state: JourneyState) -> UnitsByLine:
    return without(state.units_of("digital"), units_in(one.units for one in state.handovers))


def _chosen(free: UnitsByLine, shipment: Shipment) -> UnitsByLine:
    chosen = {line: free.get(line, [])[:count] for line, count in shipment.quantities.items()}
    return {line: units for line, units in chosen.items() if units}
