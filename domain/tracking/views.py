"""Views of parcels and scans."""

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
    """A parcel: its status, its promise and its estimates.

    tracking_number: null where the parcel is not tracked.
    since: the time of the scan that decided the status.
    precision: of `since`. `local` is a wall time without a zone, `day` a bare day; the carrier's text is in `local` then.
      Show that text. The instant only puts it in order.
    delivered_local: the same for `delivered_at`.
    estimate: the carrier's latest, as it was reported.
    eta: the four expected times side by side.
    units: how many units of each line are in it.
    contents_unknown: it holds some of the units of a fulfilment with several labels; which is not known.
    unfollowed_at: since then the journey does not wait for it.
    scans: how many scans it has.
    """

    parcel: str
    carrier: str
    tracking_number: str | None
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
    contents_unknown: bool = False
    unfollowed_at: Instant | None = None
    scans: int
    precision: Precision = "instant"
    local: str | None = None
    delivered_local: str | None = None


class ScanView(Frozen):
    """One scan of a carrier, normalized.

    precision: `instant`, `local` (a wall time without a zone) or `day`. Show the text in `local` for the last two; `at`
      only puts them in order.
    code: the carrier's own status.
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
    tracking = parcel.tracking
    return ParcelView(
        parcel=parcel.parcel_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number or None,
        shipped_on=parcel.shipped_on,
        status=tracking.status,
        since=tracking.at,
        delivered_at=parcel.delivered_at,
        lost_at=parcel.lost_at,
        choice=parcel.choice,
        due=parcel.due,
        estimate=parcel.estimate,
        eta=etas(state, parcel),
        units={line: len(units) for line, units in parcel.units.items()},
        contents_unknown=state.contents_unknown(parcel),
        unfollowed_at=parcel.unfollowed_at,
        scans=len(parcel.scans),
        precision=tracking.since.precision if tracking.since else "instant",
        local=tracking.since and tracking.since.local,
        delivered_local=tracking.delivered.local if parcel.delivered_at and tracking.delivered else None,
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
