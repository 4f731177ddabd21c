"""Registration: the one function that adds a parcel to an order."""

from datetime import date, datetime

from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.parcel import Parcel
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.tracking.progress_notices import notify_untracked_shipment
from domain.units import UnitsByLine

MAX_PARCELS = 50  # of one order


def add_parcel(
    state: JourneyState,
    parcel: tuple[str, str, date | None],
    units: UnitsByLine,
    actor: Actor,
    now: datetime,
    promise: Promise | None = None,
) -> Parcel:
    """Add the parcel (carrier, number, ship date) with these units. Without `promise` the last promise of its lines holds."""
    carrier, number, shipped_on = parcel
    packed = Parcel(
        parcel_id=f"p{len(state.parcels) + 1}",
        carrier=carrier,
        tracking_number=number,
        shipped_on=shipped_on,
        units=units,
        registered_at=now,
        due=promise.due(state.zone) if promise else max(map(state.due_of, units), default=state.due),
        promise=promise,
    )
    state.parcels.append(packed)
    settle_after_packing(state, packed)
    notify_untracked_shipment(state, packed, now)
    state.closed_at = None
    state.audit(now, actor, "parcel_registered", packed.parcel_id, carrier=carrier)
    return packed


def settle_after_packing(state: JourneyState, packed: Parcel) -> None:
    """Close what waited for units to be packed: questions, and follow-ups about them, which go on about their parcel."""
    state.settle_question("not_shipped", state.order.order)
    if not state.uncollected():
        state.settle_question("not_collected", state.order.order)
    state.settle_questions_about_shipping()
    follow_ups.transfer(state, packed.parcel_id)
