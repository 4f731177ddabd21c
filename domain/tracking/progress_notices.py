"""Notices of the steps of a parcel that is well on its way, where its merchant wants them."""

from datetime import datetime

from domain import notice_keys
from domain.clock import local_day
from domain.model.notice import ProgressKind
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, TrackingStatus
from domain.model.state import JourneyState


def notify_progress(state: JourneyState, parcel: Parcel, before: TrackingStatus, now: datetime) -> None:
    """Notify the customer of the step that a changed tracking status is. Of several at once only the last counts."""
    step = _step(parcel, before)
    if step is not None and parcel.lost_at is None:
        _notify(state, parcel, step, now)


def notify_untracked_shipment(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """Goods that were sent without a number have left when the shop reports them: no scan will."""
    if not parcel.tracked:
        _notify(state, parcel, "shipped", now)


def _step(parcel: Parcel, before: TrackingStatus) -> ProgressKind | None:
    tracking = parcel.tracking
    if tracking.status is ParcelStatus.DELIVERED:
        return None if before.status is ParcelStatus.DELIVERED else "delivered"
    if tracking.status is ParcelStatus.OUT_FOR_DELIVERY:
        return None if before.status is ParcelStatus.OUT_FOR_DELIVERY else "out_for_delivery"
    return "shipped" if tracking.moved_at is not None and before.moved_at is None else None


def _notify(state: JourneyState, parcel: Parcel, step: ProgressKind, now: datetime) -> None:
    """Once per parcel; that it is out for delivery once a day, as a second attempt is news."""
    if step not in state.terms.policy.notices.progress or state.cancelled_at is not None:
        return
    since = parcel.tracking.at
    day = local_day(since, state.zone).toordinal() if step == "out_for_delivery" and since else 1
    key = notice_keys.order_notice(state.order.order, parcel.parcel_id, step, day)
    state.notify(now, key, step, parcel.parcel_id)
