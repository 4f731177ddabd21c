"""Scans of a parcel: the canonical statuses, and the function that turns scans in any order into one status."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from domain.base import Frozen
from domain.clock import Instant, StatedInstant


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


class StatedTime(NamedTuple):
    """A time with the precision with which it was stated.

    at: the instant, in UTC. For a wall time without a zone or a bare day it only puts scans in order.
    precision: `instant`; `local`, a wall time without a zone; `day`, a bare date.
    local: the wall time or date to show instead of `at`; None for an instant (TRK-6).
    """

    at: Instant
    precision: Precision = "instant"
    local: str | None = None


class ScanReason(Frozen):
    """Why a scan is not good news, and whose fault it is."""

    code: Annotated[str, Field(max_length=64)]
    """The carrier's own code."""
    fault: Fault = "unknown"
    """Whose fault it is."""


class Scan(Frozen):
    """One event that a carrier recorded for a parcel.

    key: equal for the same event in two messages (TRK-2): number, ship date, time and code decide it.
    at, precision, local: the carrier's own time, see `StatedTime`. An adapter writes a wall time, or the start of a
      day, into `at` as if it were UTC; `recycled_numbers.read_for_order` replaces it by the instant at the order's
      destination.
    code: the carrier's own spelling of the status.
    reported_by: a storefront's word about a parcel is no scan of the carrier.
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
    reported_by: Literal["carrier", "storefront"] = "carrier"

    @property
    def physical(self) -> bool:
        """Whether the scan shows that the carrier has or had the parcel: more than a label, told by the carrier itself."""
        return self.reported_by == "carrier" and self.status not in _NOT_PHYSICAL

    @property
    def stated_time(self) -> StatedTime:
        return StatedTime(self.at, self.precision, self.local)


class TrackingStatus(NamedTuple):
    """The status that all scans of a parcel give together: the result of `fold`.

    since: time of the scan that decided the status.
    delivered: time of the delivering scan (S-10).
    moved_at: time of the last scan that shows the parcel in the carrier's hands.
    reason: the reason of the scan that decided the status.
    """

    status: ParcelStatus = ParcelStatus.UNKNOWN
    since: StatedTime | None = None
    delivered: StatedTime | None = None
    moved_at: Instant | None = None
    reason: ScanReason | None = None

    @property
    def at(self) -> datetime | None:
        return self.since.at if self.since else None

    @property
    def delivered_at(self) -> datetime | None:
        return self.delivered.at if self.delivered else None


_PROGRESS = {status: rank for rank, status in enumerate(ParcelStatus)}


STATUSES_AFTER_FINAL = {  # what may still change a status that is otherwise final
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
    """Scans by their own time, each once. Ties are ordered by progress, then key, so arrival never matters."""
    once: dict[str, Scan] = {}
    for scan in scans:
        known = once.setdefault(scan.key, scan)
        if known is not scan and not _same(known, scan):
            once[scan.key] = min(known, scan, key=Scan.model_dump_json)
    return sorted(once.values(), key=lambda s: (s.at, s.local or "", _PROGRESS[s.status], s.key))


def _same(one: Scan, other: Scan) -> bool:
    """Whether both scans are exactly alike: equal instants may be written with different offsets."""
    return one == other and one.at.utcoffset() == other.at.utcoffset()


def fold(scans: Iterable[Scan]) -> TrackingStatus:
    """The parcel's tracking status; the same for every order and repetition of the same scans (TRK-2)."""
    status, decided, delivered, moved = ParcelStatus.UNKNOWN, None, None, None
    for scan in in_order(scans):
        told = _status_in_order(status, scan, moved is not None)
        if scan.status not in _NOT_PHYSICAL:
            moved = scan
        if _changes(status, scan, moved is not None):
            status, decided = told, scan
            if status is ParcelStatus.DELIVERED:
                delivered = scan
    if decided is None:
        return TrackingStatus(moved_at=moved.at if moved else None)
    return TrackingStatus(
        status=status,
        since=decided.stated_time,
        delivered=delivered.stated_time if delivered else None,
        moved_at=moved.at if moved else None,
        reason=decided.reason,
    )


def _status_in_order(status: ParcelStatus, scan: Scan, moved_before: bool) -> ParcelStatus:
    """What the scan says of a parcel with that status: a parcel that has moved on is not picked up again.

    Carriers report "received at the origin facility" of every facility on the way.
    """
    again = scan.status is ParcelStatus.PICKED_UP and moved_before and status is not ParcelStatus.PICKED_UP
    return ParcelStatus.IN_TRANSIT if again else scan.status


def _changes(status: ParcelStatus, scan: Scan, moved: bool) -> bool:
    """Whether the scan changes `status`. `moved`: the parcel was in the carrier's hands by then."""
    if scan.status is ParcelStatus.UNKNOWN:
        return False
    if status in STATUSES_AFTER_FINAL:
        return scan.status in STATUSES_AFTER_FINAL[status]
    # A second label or a late "information received" does not take a parcel out of the carrier's hands.
    return not moved or scan.status is not ParcelStatus.PRE_TRANSIT


_ONE_ATTEMPT = timedelta(hours=6)
"""Reports of failed attempts within that are of one attempt: senders round times, and a storefront reports hours later."""


def attempts(scans: Iterable[Scan]) -> list[datetime]:
    """When the carrier tried to deliver and could not. Time alone tells attempts apart, not how often one was reported.

    An attempt of which only the day is known is one of those on that day.
    """
    found: list[datetime] = []
    until: datetime | None = None
    for scan in in_order(scans):
        if scan.status is not ParcelStatus.ATTEMPT_FAILED:
            continue
        ends = scan.at + (timedelta(days=1) if scan.precision == "day" else _ONE_ATTEMPT)
        if until is None or scan.at >= until:
            found.append(scan.at)
            until = ends
        else:
            until = max(until, ends)
    return found


class FoldCache:
    """The last fold of a parcel's scans, kept because every read of the agenda needs it.

    It is no part of the state: every cache equals every other, and a copy of a cache is empty. Scans never change, so
    comparing the list compares pointers.
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
