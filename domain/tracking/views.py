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
    """A parcel: its status, its promise and its estimates."""

    parcel: str
    """Its id within the order."""
    carrier: str
    """The carrier's name."""
    tracking_number: str | None
    """The carrier's number; null where the parcel is not tracked."""
    shipped_on: date | None
    """The day it left; null while unknown."""
    status: ParcelStatus
    """Where it is, by the scan that counts."""
    since: Instant | None
    """The time of the scan that decided the status."""
    delivered_at: Instant | None
    """When it was delivered."""
    lost_at: Instant | None
    """When it was given up as lost."""
    choice: LostParcelChoice | None = None
    """What the customer wants for a parcel that is lost or came back."""
    due: Instant
    """When its promise breaks."""
    estimate: Estimate | None
    """The carrier's latest estimate, as it was reported."""
    eta: Etas
    """The expected times side by side."""
    units: dict[str, int]
    """How many units of each line are in it."""
    contents_unknown: bool = False
    """It holds some of the units of a fulfilment with several labels; which is not known."""
    unfollowed_at: Instant | None = None
    """Since then the journey does not wait for it."""
    scans: int
    """How many scans it has."""
    precision: Precision = "instant"
    """Of `since`: `local` is a wall time without a zone, `day` a bare day. Show `local` then; the instant only sorts."""
    local: str | None = None
    """The carrier's own text of the time, where it states no instant."""
    delivered_local: str | None = None
    """The same for `delivered_at`."""


class ScanView(Frozen):
    """One scan of a carrier, normalized."""

    at: Instant
    """When it happened. Where `precision` is not `instant`, it only puts scans in order."""
    precision: Precision
    """`instant`, `local` (a wall time without a zone) or `day`. Show the text in `local` for the last two."""
    local: str | None
    """The carrier's own text of the time, where it states no instant."""
    status: ParcelStatus
    """What it means."""
    code: str
    """The carrier's own status."""
    location: str
    """Where it happened, as the carrier writes it."""
    reason: ScanReason | None
    """Why it is not good news; null if it is, or if the carrier states none."""
    action_required: bool
    """Whether the customer has to do something."""


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
