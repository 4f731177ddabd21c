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
    """One event that the carrier reported.

    precision: `instant`, `local` (a wall time without a zone) or `day`. Show the text in `local` for the last two; `at`
      only puts them in order.
    location: where, in the carrier's words.
    """

    at: Instant
    precision: Precision
    local: str | None
    status: ParcelStatus
    location: str


class ExpectedDelivery(Frozen):
    """When a parcel is expected: an instant or a day at the destination; of a window also its beginning."""

    at: Instant | None
    day: date | None
    earliest_at: Instant | None
    earliest_day: date | None


class CustomerParcel(Frozen):
    """A parcel.

    tracking_number: null where the parcel is not tracked.
    due: when its promise breaks.
    expected: when it is expected now; null where no date is known, and once it arrived or will not arrive.
    written_off_at: since when it counts as lost.
    choice: what the customer chose instead of a lost parcel.
    search_until: by when the customer hears of a parcel that they reported as not received.
    scans: the carrier's reports by their own time, the newest 100.
    """

    parcel: str
    carrier: str
    tracking_number: str | None
    shipped_on: date | None
    status: ParcelStatus
    due: Instant
    expected: ExpectedDelivery | None
    delivered_at: Instant | None
    delivered_local: str | None
    written_off_at: Instant | None
    choice: LostParcelChoice | None
    search_until: Instant | None
    units: dict[str, int]
    scans: tuple[CustomerScan, ...]


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
