"""Facts from outside: nobody is asked, they are taken in and merged by their own time."""

from collections.abc import Iterable
from datetime import datetime

from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import Instant
from domain.delays import follow_ups, news
from domain.model.estimate import Estimate
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, Scan, TrackingStatus
from domain.model.state import JourneyState
from domain.tracking import lost_parcels, resends
from domain.tracking.pre_order_scans import normalize_scans


class ParcelUpdate(Frozen):
    """What a carrier said of one parcel of this order. `now`: the sandbox clock when it arrived, else None.

    `from_order_on`: scans of before the order was placed are another parcel's and mean nothing, and wall times are those of the
    destination. False where it was read like that already: what a tracker answered to our own look.
    """

    carrier: str
    tracking_number: str
    shipped_on: str | None = None
    scans: tuple[Scan, ...] = ()
    estimate: Estimate | None = None
    now: Instant | None = None
    from_order_on: bool = False


def apply_tracking_update(state: JourneyState, update: ParcelUpdate, now: datetime) -> bool:
    """Merge a report into its parcel; false when nothing in it was new or no parcel of the order is meant."""
    parcel = _find_parcel(state, update)
    if parcel is None:
        return False
    scans: Iterable[Scan] = update.scans
    if update.from_order_on:
        scans = normalize_scans(scans, state.order.placed_at, state.zone)
    return apply_scans(state, parcel, scans, update.estimate, now)


def apply_scans(
    state: JourneyState, parcel: Parcel, scans: Iterable[Scan], estimate: Estimate | None, now: datetime
) -> bool:
    before = parcel.tracking
    if not parcel.apply_update(scans, estimate):
        return False
    if parcel.tracking != before:
        _reassess(state, parcel, before, now)
    state.audit(now, SYSTEM, "parcel_scanned", parcel.parcel_id, status=parcel.tracking.status)
    return True


def _reassess(state: JourneyState, parcel: Parcel, before: TrackingStatus, now: datetime) -> None:
    """It stands elsewhere than we thought: old questions may have their answer, and a closed order is looked at again."""
    state.closed_at = None
    if not parcel.under_way or news.presumed_lost_at(parcel, state.terms.policy.lost_days) > now:
        state.settle_question("presumed_lost", parcel.parcel_id)
    if parcel.tracking.status is not ParcelStatus.EXPIRED:
        state.settle_question("tracker_ended", parcel.parcel_id)
    if not state.undeliverable(parcel):
        state.settle_question("returned_to_sender", parcel.parcel_id)
    going_back = parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER
    if _moved_after_loss(parcel, before) and not going_back and not resends.cancel_resend(state, parcel):
        state.open_question("parcel_found", parcel.parcel_id, now)
        state.settle_question("carrier_claim", parcel.parcel_id)
        if parcel.delivered_at is not None and parcel.lost_at is not None:
            lost_parcels.notify_parcel_found(state, parcel, now)
    if not parcel.under_way and not state.has_open("not_received", parcel.parcel_id):
        follow_ups.expire(state, parcel.parcel_id, now)
    if state.contents_cancelled(parcel) and before.moved_at is None and parcel.tracking.moved_at is not None:
        state.open_question("shipped_after_cancel", parcel.parcel_id, now)


def _moved_after_loss(parcel: Parcel, before: TrackingStatus) -> bool:
    """It was given up, and a carrier has it or had delivered it. That it is lost, or an older scan, is no such news."""
    now = parcel.tracking
    if parcel.lost_at is None or now.moved_at == before.moved_at:
        return False
    arrived = parcel.delivered_at is not None and now.delivered_at != before.delivered_at
    later = now.moved_at is not None and now.moved_at > parcel.lost_at
    return arrived or (later and now.status is not ParcelStatus.EXCEPTION)


def _find_parcel(state: JourneyState, update: ParcelUpdate) -> Parcel | None:
    """The parcel with that number; where a carrier used it twice, the one shipped that day, else the newest (S-19)."""
    same = [
        parcel
        for parcel in state.parcels
        if parcel.tracking_number == update.tracking_number
        and parcel.carrier.casefold() == update.carrier.casefold()
    ]
    dated = [p for p in same if p.shipped_on and p.shipped_on.isoformat() == update.shipped_on]
    return (dated or same)[-1] if same else None
