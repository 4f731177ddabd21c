"""Fulfilments of goods that need no parcel: the storefront reports what was collected, or delivered digitally."""

from datetime import datetime

from domain.model.handover import Handover
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
        _make_ready(state, known, collected, latest, now)
    if wanted:
        hand_over(state, wanted, latest.updated_at, latest.fulfilment)
    state.closed_at = None
    return True


def _make_ready(
    state: JourneyState, known: list[Handover], units: UnitsByLine, latest: Shipment, now: datetime
) -> None:
    """Record that these units wait in the shop. The customer is notified, unless of all of them already."""
    waiting = next((one for one in known if one.handed_over_at is None), None)
    if waiting is None or without(units, units_in([waiting.units])):
        make_ready(state, units, now, latest.fulfilment)
    else:
        state.handovers.append(waiting.model_copy(update={"units": units}))


def _undelivered(state: JourneyState) -> UnitsByLine:
    return without(state.units_of("digital"), units_in(one.units for one in state.handovers))


def _chosen(free: UnitsByLine, shipment: Shipment) -> UnitsByLine:
    chosen = {line: free.get(line, [])[:count] for line, count in shipment.quantities.items()}
    return {line: units for line, units in chosen.items() if units}
