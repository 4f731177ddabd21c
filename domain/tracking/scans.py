"""Tracking updates: merged into their parcel by the time of the scans, and what a changed tracking status settles or raises."""

from datetime import datetime
from typing import Literal

from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import Instant
from domain.delays import follow_ups, news
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, TrackingStatus
from domain.model.state import JourneyState
from domain.model.tracking_update import TrackingUpdate
from domain.tracking import lost_parcels, resends
from domain.tracking.contents import share_out
from domain.tracking.progress_notices import notify_progress
from domain.tracking.recycled_numbers import read_for_order

MAX_KEYS_AUDITED = 100  # of one update: from these the timeline knows when a scan was reported


class TrackingUpdated(Frozen):
    """A carrier's new data about one parcel of this order.

    now: the sandbox clock when the update arrived, else None.
    """

    type: Literal["tracking_updated"] = "tracking_updated"
    parcel_id: str
    update: TrackingUpdate
    now: Instant | None = None


def apply_tracking_update(state: JourneyState, event: TrackingUpdated, now: datetime) -> bool:
    """Merge the update into its parcel; False when nothing in it is new.

    Times are read here for webhooks and polls alike: see `read_for_order`.
    """
    parcel = state.parcel(event.parcel_id)
    if parcel is None:
        return False
    return merge_update(state, parcel, read_for_order(event.update, state.order), now)


def merge_update(state: JourneyState, parcel: Parcel, update: TrackingUpdate, now: datetime) -> bool:
    """Merge an update whose scans have instants only; False when nothing in it is new."""
    before, known = parcel.tracking, {scan.key for scan in parcel.scans}
    if not parcel.apply_update(update.scans, update.estimate):
        return False
    if parcel.tracking != before:
        _reassess(state, parcel, before, now)
    new = [scan.key for scan in parcel.scans if scan.key not in known]
    details = {"scans": " ".join(new[-MAX_KEYS_AUDITED:])} if new else {}
    state.audit(now, SYSTEM, "parcel_scanned", parcel.parcel_id, status=parcel.tracking.status, **details)
    return True


def _reassess(state: JourneyState, parcel: Parcel, before: TrackingStatus, now: datetime) -> None:
    """The tracking status has changed: settle questions that it answers, raise new ones, and reopen a closed order."""
    state.closed_at = None
    notify_progress(state, parcel, before, now)
    if parcel.tracking.moved_at != before.moved_at or parcel.delivered_at is not None:
        parcel.unfollowed_at = None
    if parcel.fulfilment and parcel.void:
        share_out(state, parcel.fulfilment)
    if not parcel.under_way or news.presumed_lost_at(parcel, state.terms.policy.lost_days) > now:
        state.settle_question("presumed_lost", parcel.parcel_id)
        state.settle_question("contents_unknown", parcel.parcel_id)
    if parcel.carrier_scanned or not parcel.under_way:
        state.settle_question("never_scanned", parcel.parcel_id)
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
    """Whether a lost parcel has moved or arrived. An exception, or an older scan, is no movement."""
    now = parcel.tracking
    if parcel.lost_at is None or now.moved_at == before.moved_at:
        return False
    arrived = parcel.delivered_at is not None and now.delivered_at != before.delivered_at
    later = now.moved_at is not None and now.moved_at > parcel.lost_at
    return arrived or (later and now.status is not ParcelStatus.EXCEPTION)
