"""Recycled tracking numbers: which parcel a scan is about, where a carrier has used its number before (TRK-11).

Two checks. `split_by_parcel` divides an update among the merchant's parcels with that number. `read_for_order` keeps what is
still too old for its order as scans without meaning: they belong to a parcel of another shop.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from domain.base import Frozen
from domain.clock import Instant, wall_time_to_utc
from domain.model.order import Order
from domain.model.scan import ParcelStatus, Scan, ScanReason
from domain.model.tracking_update import TrackingUpdate

_ZONES = timedelta(days=1)  # the ship date is the shop's; the carrier's clock may show another date
_LABELS_AHEAD = timedelta(days=7)  # a label may be announced that long before its parcel is handed over
_REUSED_AFTER = timedelta(
    days=14
)  # carriers keep a number for months; so soon it is the same parcel with two orders in it
_ANNOUNCED = {ParcelStatus.PRE_TRANSIT, ParcelStatus.UNKNOWN}
_CLOCK_ERROR = timedelta(days=1)  # a carrier's clock may be wrong by that much
# A wall time may have been meant in a zone that far from the destination's.
_WALL_TIME_ERROR = timedelta(hours=12)


class NumberEpoch(Frozen):
    """Since when a tracking number means one parcel: its ship date, or the placing of its order where the date is unknown."""

    shipped_on: date | None = None
    placed_at: Instant

    @property
    def begins(self) -> datetime:
        if self.shipped_on is None:
            return self.placed_at - _ZONES
        return datetime.combine(self.shipped_on, time(0), UTC) - _ZONES

    def covers(self, at: datetime, status: ParcelStatus | None = None) -> bool:
        """Whether something that a carrier recorded or estimated at that time may be about this parcel."""
        announced = status in _ANNOUNCED and self.shipped_on is not None
        return at >= self.begins - (_LABELS_AHEAD if announced else timedelta(0))

    def is_same_parcel(self, other: "NumberEpoch") -> bool:
        """Whether both mean one parcel, which a shop packed for several orders of a customer."""
        if self.shipped_on and other.shipped_on:
            return self.shipped_on == other.shipped_on
        return abs(self.placed_at - other.placed_at) <= _REUSED_AFTER


def owner_of(epochs: Sequence[NumberEpoch], at: datetime, status: ParcelStatus | None = None) -> int | None:
    """The index of the newest epoch that covers that time; None when the time is before all of them."""
    newest_first = sorted(range(len(epochs)), key=lambda place: epochs[place].begins, reverse=True)
    return next((place for place in newest_first if epochs[place].covers(at, status)), None)


def split_by_parcel(update: TrackingUpdate, epochs: Sequence[NumberEpoch]) -> list[TrackingUpdate | None]:
    """The part of the update for each epoch's parcel, None where there is none. Epochs of one parcel have the same part.

    Scans before every epoch are in no part: they are about a parcel that is not the merchant's. An empty update is for the
    newest parcel.
    """
    if not update.scans and update.estimate is None:
        newest = max(epochs, key=lambda epoch: epoch.begins)
        return [update if epoch.is_same_parcel(newest) else None for epoch in epochs]
    return [_part_of(update, epochs, epoch) for epoch in epochs]


def _part_of(
    update: TrackingUpdate, epochs: Sequence[NumberEpoch], epoch: NumberEpoch
) -> TrackingUpdate | None:
    def is_about(owner: int | None) -> bool:
        return owner is not None and epoch.is_same_parcel(epochs[owner])

    scans = tuple(scan for scan in update.scans if is_about(owner_of(epochs, scan.at, scan.status)))
    estimate = update.estimate
    if estimate is not None and not is_about(owner_of(epochs, estimate.reported_at)):
        estimate = None
    return TrackingUpdate(scans=scans, estimate=estimate) if scans or estimate else None


def read_for_order(update: TrackingUpdate, order: Order) -> TrackingUpdate:
    """The update with its scans as they count for this order.

    A scan from before the order was placed is kept with the status `unknown`. A wall time or a day becomes an instant at the
    destination: that is right for the last mile, which decides the status, and it keeps such scans in order with each other.
    Where that time may have been after the order was placed, the scan counts from then on. An estimate that is the edge of a
    day there is that day.
    """
    estimate = update.estimate and update.estimate.at_destination(order.destination.zone)
    scans = tuple(_read_scan(scan, order) for scan in update.scans)
    return update.model_copy(update={"scans": scans, "estimate": estimate})


def _read_scan(scan: Scan, order: Order) -> Scan:
    at, tolerance = scan.at, _CLOCK_ERROR
    if scan.local is not None:
        at = wall_time_to_utc(scan.at.replace(tzinfo=None), order.destination.zone)
        tolerance = _WALL_TIME_ERROR + timedelta(days=scan.precision == "day")
    if at < order.placed_at - tolerance:
        reason = ScanReason(code="before_the_order")
        without_meaning = {"status": ParcelStatus.UNKNOWN, "reason": reason, "action_required": False}
        return scan.model_copy(update=without_meaning)
    return scan if scan.local is None else scan.model_copy(update={"at": max(at, order.placed_at)})
