"""A parcel as its customer sees it: an explicit list of fields."""

from datetime import date

from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import LostParcelChoice, Parcel
from domain.model.scan import ParcelStatus, Precision, Scan
from domain.model.state import JourneyState
from domain.tracking.expected_delivery import etas

MAX_SCANS_SHOWN = 100  # of one parcel, the newest


class CustomerScan(Frozen):
    """One event that the carrier reported."""

    at: Instant
    """When it happened; only puts scans in order where `precision` is not `instant`."""
    precision: Precision
    """`instant`, `local` (a wall time without a zone) or `day`."""
    local: str | None
    """The wall time or day to show where `precision` is not `instant`; null for an instant."""
    status: ParcelStatus
    """What happened."""
    location: str
    """Where, in the carrier's words."""


class ExpectedDelivery(Frozen):
    """When a parcel is expected: an instant or a day at the destination; of a window also its beginning."""

    at: Instant | None
    """The instant; null where a day is expected."""
    day: date | None
    """The day at the destination; null where an instant is expected."""
    earliest_at: Instant | None
    """The beginning of the window, if it is one."""
    earliest_day: date | None
    """The beginning of the window, if it is one."""


class CustomerParcel(Frozen):
    """A parcel."""

    parcel: str
    """Its id within the order."""
    carrier: str
    """The carrier."""
    tracking_number: str | None
    """Null where the parcel is not tracked."""
    shipped_on: date | None
    """When it was shipped."""
    status: ParcelStatus
    """How far it is."""
    due: Instant
    """When its promise breaks."""
    expected: ExpectedDelivery | None
    """When it is expected now; null where no date is known, and once it arrived or will not arrive."""
    delivered_at: Instant | None
    """When it was delivered."""
    delivered_local: str | None
    """The wall time or day of the delivery to show, where its instant is not known."""
    written_off_at: Instant | None
    """Since when it counts as lost."""
    choice: LostParcelChoice | None
    """What the customer chose instead of a lost parcel."""
    search_until: Instant | None
    """By when the customer hears of a parcel that they reported as not received."""
    units: dict[str, int]
    """How many units of each line."""
    scans: tuple[CustomerScan, ...]
    """The carrier's reports by their own time, the newest 100."""


def customer_parcel(state: JourneyState, parcel: Parcel) -> CustomerParcel:
    """The parcel as last committed."""
    tracking, search = parcel.tracking, state.open_item("not_received", parcel.parcel_id)
    return CustomerParcel(
        parcel=parcel.parcel_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number or None,
        shipped_on=parcel.shipped_on,
        status=tracking.status,
        due=parcel.due,
        expected=_expected(state, parcel),
        delivered_at=parcel.delivered_at,
        delivered_local=tracking.delivered.local if parcel.delivered_at and tracking.delivered else None,
        written_off_at=parcel.lost_at,
        choice=parcel.choice,
        search_until=search.deadline if search else None,
        units={line: len(units) for line, units in parcel.units.items()},
        scans=tuple(_scan(scan) for scan in parcel.scans[-MAX_SCANS_SHOWN:]),
    )


def _expected(state: JourneyState, parcel: Parcel) -> ExpectedDelivery | None:
    eta = etas(state, parcel).effective
    if eta is None:
        return None
    return ExpectedDelivery(
        at=eta.at, day=eta.day, earliest_at=eta.earliest_at, earliest_day=eta.earliest_day
    )


def _scan(scan: Scan) -> CustomerScan:
    return CustomerScan(
        at=scan.at, precision=scan.precision, local=scan.local, status=scan.status, location=scan.location
    )
