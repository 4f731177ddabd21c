"""What people see of a parcel and of its scans."""

from datetime import date

from domain.base import Frozen
from domain.clock import Instant
from domain.model.estimate import Estimate
from domain.model.parcel import LostParcelChoice, Parcel
from domain.model.scan import ParcelStatus, Precision, Scan, ScanReason
from domain.model.state import JourneyState
from domain.tracking.eta import Etas
from domain.tracking.expected_delivery import etas


class ParcelView(Frozen):
    """A parcel: the carrier's last word, the promise it runs under and what is expected of it.

    `precision` is that of `since`, the time of the deciding scan: where it is not `instant` the carrier told a wall time
    without a zone or a bare day, as in `local`. Show that; the instants only put it in order. `delivered_local` likewise.
    `estimate`: the carrier's latest, as it was told; `eta`: all four expectations side by side.
    """

    parcel: str
    carrier: str
    tracking_number: str
    shipped_on: date | None
    status: ParcelStatus
    since: Instant | None
    delivered_at: Instant | None
    lost_at: Instant | None
    choice: LostParcelChoice | None = None
    due: Instant
    estimate: Estimate | None
    eta: Etas
    units: dict[str, int]
    scans: int
    precision: Precision = "instant"
    local: str | None = None
    delivered_local: str | None = None


class ScanView(Frozen):
    """One event a carrier saw, as we understood it.

    `precision`: `instant`, `local` (a wall time without a zone) or `day`; the last two are shown as in `local`, and `at` only
    puts them in order. `code`: the carrier's own word.
    """

    at: Instant
    precision: Precision
    local: str | None
    status: ParcelStatus
    code: str
    location: str
    reason: ScanReason | None
    action_required: bool


def parcel_view(state: JourneyState, parcel: Parcel) -> ParcelView:
    standing = parcel.tracking
    return ParcelView(
        parcel=parcel.parcel_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        shipped_on=parcel.shipped_on,
        status=standing.status,
        since=standing.at,
        delivered_at=parcel.delivered_at,
        lost_at=parcel.lost_at,
        choice=parcel.choice,
        due=parcel.due,
        estimate=parcel.estimate,
        eta=etas(state, parcel),
        units={line: len(units) for line, units in parcel.units.items()},
        scans=len(parcel.scans),
        precision=standing.since.precision if standing.since else "instant",
        local=standing.since and standing.since.local,
        delivered_local=standing.delivered.local if parcel.delivered_at and standing.delivered else None,
    )


def scan_view(scan: Scan) -> ScanView:
    return ScanView(
        at=scan.at,
        precision=scan.precision,
        local=scan.local,
        status=scan.status,
        code=scan.code,
        location=scan.location,
        reason=scan.reason,
        action_required=scan.action_required,
    )
