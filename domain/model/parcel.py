"""Parcels: scans folded by their own time, whatever the order and number of their arrival."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from domain.base import Frozen, State
from domain.clock import Instant, StatedInstant
from domain.model.estimate import Estimate as Estimate
from domain.model.estimate import EstimateRecord, merge_estimates, report_order
from domain.model.polling_state import PollingState
from domain.model.promise import Promise


class ParcelStatus(StrEnum):
    """The twelve canonical statuses (VOCABULARY: tracking). "Presumed lost" is an attention item, not a status."""

    PRE_TRANSIT = "pre_transit"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    RETURN_TO_SENDER = "return_to_sender"
    EXCEPTION = "exception"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


Fault = Literal["carrier", "merchant", "customer", "customs", "force_majeure", "unknown"]


Precision = Literal["instant", "local", "day"]


class ScanReason(Frozen):
    """Why a scan is not good news, and whose doing it is."""

    code: Annotated[str, Field(max_length=64)]
    fault: Fault = "unknown"


class Scan(Frozen):
    """One event a carrier saw. `at` is the carrier's own time; `code` the carrier's raw spelling.

    `key` is equal for the same event told twice (TRK-2): carrier, number, shipment, time, code and place decide it.
    `precision`: how much of the time was told. `local`: what was told instead of an instant, a wall time without a zone
    or a bare date. A source puts that wall time, or the start of that day, into `at` as if it were UTC; a journey reads it at
    its order's destination. It puts the scan in order and is no time to show: people see `local` (TRK-6).
    """

    key: Annotated[str, Field(max_length=64)]
    at: StatedInstant
    status: ParcelStatus
    code: Annotated[str, Field(max_length=120)] = ""
    precision: Precision = "instant"
    local: Annotated[str, Field(max_length=32)] | None = None
    location: Annotated[str, Field(max_length=120)] = ""
    reason: ScanReason | None = None
    action_required: bool = False


class TrackingStatus(Frozen):
    """Where a parcel stands after all its scans: the fold's answer.

    `at`: time of the scan that decided. `delivered_at`: the delivering scan's time (S-10). `moved_at`: last physical scan.
    `precision` and `local` are those of the scan that decided, `delivered_local` that of the delivering one.
    """

    status: ParcelStatus = ParcelStatus.UNKNOWN
    at: Instant | None = None
    delivered_at: Instant | None = None
    moved_at: Instant | None = None
    reason: ScanReason | None = None
    precision: Precision = "instant"
    local: str | None = None
    delivered_local: str | None = None


_PROGRESS = {status: rank for rank, status in enumerate(ParcelStatus)}
_NEWS_AFTER = {  # what may still change a status that is otherwise final
    ParcelStatus.DELIVERED: {ParcelStatus.RETURN_TO_SENDER},
    ParcelStatus.RETURN_TO_SENDER: set[ParcelStatus](),
    ParcelStatus.CANCELLED: set[ParcelStatus](),
}
_NOT_PHYSICAL = {
    ParcelStatus.PRE_TRANSIT,
    ParcelStatus.UNKNOWN,
    ParcelStatus.CANCELLED,
    ParcelStatus.EXPIRED,
}


def in_order(scans: Iterable[Scan]) -> list[Scan]:
    """Scans by their own time, each once. Ties are broken by progress, then key, so arrival never matters."""
    once: dict[str, Scan] = {}
    for scan in scans:
        known = once.setdefault(scan.key, scan)
        if known is not scan and not _same(known, scan):
            once[scan.key] = min(known, scan, key=Scan.model_dump_json)
    return sorted(once.values(), key=lambda s: (s.at, s.local or "", _PROGRESS[s.status], s.key))


def _same(one: Scan, other: Scan) -> bool:
    """Told alike to the letter: equal instants may be written with different offsets."""
    return one == other and one.at.utcoffset() == other.at.utcoffset()


def fold(scans: Iterable[Scan]) -> TrackingStatus:
    """The parcel's standing; the same for every order and repetition of the same scans (TRK-2)."""
    status, decided, delivered, moved = ParcelStatus.UNKNOWN, None, None, None
    for scan in in_order(scans):
        if scan.status not in _NOT_PHYSICAL:
            moved = scan
        if _changes(status, scan, moved is not None):
            status, decided = scan.status, scan
            if status is ParcelStatus.DELIVERED:
                delivered = scan
    if decided is None:
        return TrackingStatus(moved_at=moved and moved.at)
    return TrackingStatus(
        status=status,
        at=decided.at,
        delivered_at=delivered and delivered.at,
        moved_at=moved and moved.at,
        reason=decided.reason,
        precision=decided.precision,
        local=decided.local,
        delivered_local=delivered and delivered.local,
    )


def _changes(status: ParcelStatus, scan: Scan, moved: bool) -> bool:
    """Whether the scan is news where the parcel stands at `status`; `moved`: it was in the carrier's hands by then."""
    if scan.status is ParcelStatus.UNKNOWN:
        return False
    if status in _NEWS_AFTER:
        return scan.status in _NEWS_AFTER[status]
    # A second label or a late "information received" does not take a parcel out of the carrier's hands.
    return not moved or scan.status is not ParcelStatus.PRE_TRANSIT


LostParcelChoice = Literal["resend", "refund"]
"""What a customer wants for a parcel that is lost."""


class FoldCache:
    """The last fold of a parcel's scans, kept because a look at the agenda asks for it again and again.

    No part of the state: equal to every other memo, copied as an empty one. Scans never change, so comparing the list
    compares pointers.
    """

    def __init__(self) -> None:
        self._scans: list[Scan] = []
        self._standing = TrackingStatus()

    def fold(self, scans: list[Scan]) -> TrackingStatus:
        if scans != self._scans:
            self._scans, self._standing = list(scans), fold(scans)
        return self._standing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FoldCache)

    def __deepcopy__(self, _: object) -> "FoldCache":
        return FoldCache()


class Parcel(State):
    """A parcel of an order: what is in it and everything the carrier said of it.

    `units`: per line the indexes of the units inside. `shipped_on` tells recycled numbers apart (TRK-11).
    `lost_at`: when we gave it up; a later scan does not undo that, it asks an agent. `loss_notified`: the customer knows, as
    something was paid back for it; `found_notified`: and that it arrived after all. `declared_at`: an agent declared it
    delivered at that time, which overrules the scans (a documented correction, I10). `pickup_reminded_for`: the arrival at a
    pick-up point that the customer was reminded of. `choice`: what they want, now that it is lost. `claimed_at`: since then the
    merchant claims it from the carrier. `trace_opened_at`: the customer said that they do not have it; `trace_count`:
    how often it was looked for. `polling_state`: ours at the
    carrier's tracker. `tracker_end_raised_at`: an agent was asked since the carrier stopped telling of it. `promise`: its own,
    where it has one besides the order's. `estimate`: the carrier's latest; `estimate_history`: all that are kept, oldest first.
    `fulfilment`: the storefront's own name of the shipment this label is of, where a storefront told it.
    """

    parcel_id: str
    carrier: str
    tracking_number: str
    shipped_on: date | None = None
    units: dict[str, list[int]]
    registered_at: Instant
    due: Instant
    scans: list[Scan] = []
    estimate: Estimate | None = None
    lost_at: Instant | None = None
    loss_notified: bool = False
    found_notified: bool = False
    declared_at: Instant | None = None
    pickup_reminded_for: Instant | None = None
    choice: LostParcelChoice | None = None
    claimed_at: Instant | None = None
    trace_opened_at: Instant | None = None
    trace_count: int = 0
    polling_state: PollingState = PollingState()
    tracker_end_raised_at: Instant | None = None
    promise: Promise | None = None
    estimate_history: list[EstimateRecord] = []
    fulfilment: str = ""
    _folded: FoldCache = PrivateAttr(default_factory=FoldCache)

    @property
    def tracking(self) -> TrackingStatus:
        folded = self._folded.fold(self.scans)
        if self.declared_at is None or folded.status is ParcelStatus.DELIVERED:
            return folded
        declared = {
            "status": ParcelStatus.DELIVERED,
            "at": self.declared_at,
            "delivered_at": self.declared_at,
            "precision": "instant",
            "local": None,
            "delivered_local": None,
        }
        return folded.model_copy(update=declared)

    @property
    def delivered_at(self) -> datetime | None:
        standing = self.tracking
        return standing.delivered_at if standing.status is ParcelStatus.DELIVERED else None

    @property
    def under_way(self) -> bool:
        """Something may still happen to it that we have to watch for."""
        return self.lost_at is None and self.tracking.status not in _NEWS_AFTER

    @property
    def resent(self) -> bool:
        """It is lost, and what was in it goes, or has gone, on its way anew."""
        return self.lost_at is not None and self.choice == "resend"

    @property
    def void(self) -> bool:
        """The label was cancelled: nothing travels under it, its units wait to be shipped."""
        return self.lost_at is None and self.tracking.status is ParcelStatus.CANCELLED

    @property
    def first_estimate(self) -> Estimate | None:
        """What the carrier expected at first."""
        return self.estimate_history[0].estimate if self.estimate_history else None

    def apply_update(self, scans: Iterable[Scan], estimate: Estimate | None) -> bool:
        """Take in what a carrier said; false when all of it was known. A message without estimate erases none (S-15).

        The result is the same for every order and batching of the same messages, also where two of them tell one event
        differently. An estimate older than the latest is news too: it may be the first.
        """
        merged_scans = in_order(_scans_to_keep([*self.scans, *scans]))
        stated = [one for one in (self.estimate, estimate) if one is not None]
        latest = max(stated, key=report_order, default=None)
        log = (
            merge_estimates(self.estimate_history, [estimate])
            if estimate is not None
            else self.estimate_history
        )
        news = (merged_scans, latest, log) != (self.scans, self.estimate, self.estimate_history)
        self.scans, self.estimate, self.estimate_history = merged_scans, latest, log
        return news


MAX_SCANS = 500  # of one parcel, and a few that decide: a carrier's noise must not fill the journey


def _scans_to_keep(scans: list[Scan]) -> list[Scan]:
    """The latest scans and the first that are final; what is kept does not depend on the batches they came in."""
    ordered = in_order(scans)
    final = [scan for scan in ordered if scan.status in _NEWS_AFTER]
    return [scan for scan in ordered if scan.status not in _NEWS_AFTER][-MAX_SCANS:] + final[:20]
