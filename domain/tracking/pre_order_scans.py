"""What a carrier saw before the order was placed is the life of another parcel under the same number (TRK-11)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.clock import wall_time_to_utc
from domain.model.scan import ParcelStatus, Scan, ScanReason

_SKEW = timedelta(days=1)  # a carrier's clock may be that wrong
_ZONES = timedelta(hours=12)  # and a wall time that far from where it was meant


def normalize_scans(scans: Iterable[Scan], placed_at: datetime, zone: str) -> list[Scan]:
    """The scans as they count for an order that was placed then and goes to that zone.

    What happened before is the life of another parcel under the same number: it is kept and means nothing (TRK-11).
    Wall times and days are read at the destination: true for the last mile, which decides, and in order with each other.
    Where such a time may have been after the order was placed, it counts from then on.
    """
    return [_normalize_scan(scan, placed_at, zone) for scan in scans]


def _normalize_scan(scan: Scan, placed_at: datetime, zone: str) -> Scan:
    at, slack = scan.at, _SKEW
    if scan.local is not None:
        at = wall_time_to_utc(scan.at.replace(tzinfo=None), zone)
        slack = _ZONES if scan.precision == "local" else _ZONES + timedelta(days=1)
    if at < placed_at - slack:
        other = ScanReason(code="before_the_order")
        inert = {"status": ParcelStatus.UNKNOWN, "reason": other, "action_required": False}
        return scan.model_copy(update=inert)
    return scan if scan.local is None else scan.model_copy(update={"at": max(at, placed_at)})
