"""Parcels: scans folded by their own time, whatever the order and number of their arrival."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from domain.base import Fact, Mutable
from domain.clock import Instant, StatedDay, StatedInstant, end_of_day


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


class ScanReason(Fact):
    """Why a scan is not good news, and whose doing it is."""

    code: Annotated[str, Field(max_length=64)]
    fault: Fault = "unknown"


class Scan(Fact):
    """One event a carrier saw. `at` is the carrier's own time; `code` the carrier's raw spelling.

    `key` is equal for the same event told twice (TRK-2): carrier, number, time, code and place decide it.
    `precision` says "day" when the carrier gave only a date: `at` is then the start of that day.
    """

    key: Annotated[str, Field(max_length=64)]
    at: StatedInstant
    status: ParcelStatus
    code: Annotated[str, Field(max_length=120)] = ""
    precision: Literal["instant", "day"] = "instant"
    place: Annotated[str, Field(max_length=120)] = ""
    reason: ScanReason | None = None
    action_required: bool = False


class Estimate(Fact):
    """When the carrier expects to deliver: an instant or a bare day, and when it said so."""

    told_at: StatedInstant
    at: StatedInstant | None = None
    day: StatedDay | None = None

    def latest(self, zone: str) -> datetime | None:
        """The last moment that still keeps this estimate; a bare day lasts until its end at the destination."""
        if self.at is not None:
            return self.at
        return end_of_day(self.day, zone) if self.day is not None else None


class Standing(Fact):
    """Where a parcel stands after all its scans: the fold's answer.

    `at`: time of the scan that decided. `delivered_at`: the delivering scan's time (S-10). `moved_at`: last physical scan.
    """

    status: ParcelStatus = ParcelStatus.UNKNOWN
    at: Instant | None = None
    delivered_at: Instant | None = None
    moved_at: Instant | None = None
    reason: ScanReason | None = None


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
    once = {
        scan.key: scan for scan in sorted(scans, key=lambda s: (s.key, s.model_dump_json()), reverse=True)
    }
    return sorted(once.values(), key=lambda s: (s.at, _PROGRESS[s.status], s.key))


def fold(scans: Iterable[Scan]) -> Standing:
    """The parcel's standing; the same for every order and repetition of the same scans (TRK-2)."""
    standing = Standing()
    for scan in in_order(scans):
        physical = scan.status not in _NOT_PHYSICAL
        if physical:
            standing = standing.model_copy(update={"moved_at": scan.at})
        if _changes(standing, scan, physical):
            delivered = scan.at if scan.status is ParcelStatus.DELIVERED else standing.delivered_at
            standing = standing.model_copy(
                update={
                    "status": scan.status,
                    "at": scan.at,
                    "delivered_at": delivered,
                    "reason": scan.reason,
                }
            )
    return standing


def _changes(standing: Standing, scan: Scan, physical: bool) -> bool:
    if scan.status is ParcelStatus.UNKNOWN:
        return False
    if standing.status in _NEWS_AFTER:
        return scan.status in _NEWS_AFTER[standing.status]
    # A second label or a late "information received" does not take a parcel out of the carrier's hands.
    return physical or standing.moved_at is None or scan.status is not ParcelStatus.PRE_TRANSIT


class Memo:
    """The last fold of a parcel's scans, kept because a look at the agenda asks for it again and again.

    No part of the state: equal to every other memo, copied as an empty one. Scans never change, so comparing the list
    compares pointers.
    """

    def __init__(self) -> None:
        self._scans: list[Scan] = []
        self._standing = Standing()

    def of(self, scans: list[Scan]) -> Standing:
        if scans != self._scans:
            self._scans, self._standing = list(scans), fold(scans)
        return self._standing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Memo)

    def __deepcopy__(self, _: object) -> "Memo":
        return Memo()


class Parcel(Mutable):
    """A parcel of an order: what is in it and everything the carrier said of it.

    `units`: per line the indexes of the units inside. `shipped_on` tells recycled numbers apart (TRK-11).
    `lost_at`: when we gave it up; a later scan does not undo that, it asks an agent. `loss_told`: the customer knows, as
    something was paid back for it. `declared_at`: an agent declared it
    delivered at that time, which overrules the scans (a documented correction, I10). `fulfilment`: the storefront's own
    name of the shipment this label is of, where a storefront told it.
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
    loss_told: bool = False
    declared_at: Instant | None = None
    fulfilment: str = ""
    _folded: Memo = PrivateAttr(default_factory=Memo)

    @property
    def standing(self) -> Standing:
        folded = self._folded.of(self.scans)
        if self.declared_at is None or folded.status is ParcelStatus.DELIVERED:
            return folded
        declared = {
            "status": ParcelStatus.DELIVERED,
            "at": self.declared_at,
            "delivered_at": self.declared_at,
        }
        return folded.model_copy(update=declared)

    @property
    def delivered_at(self) -> datetime | None:
        standing = self.standing
        return standing.delivered_at if standing.status is ParcelStatus.DELIVERED else None

    @property
    def under_way(self) -> bool:
        """Something may still happen to it that we have to watch for."""
        return self.lost_at is None and self.standing.status not in _NEWS_AFTER

    @property
    def void(self) -> bool:
        """The label was cancelled: nothing travels under it, its units wait to be shipped."""
        return self.lost_at is None and self.standing.status is ParcelStatus.CANCELLED

    def hear(self, scans: Iterable[Scan], estimate: Estimate | None) -> bool:
        """Take in what a carrier said; false when all of it was known. A message without estimate erases none (S-15).

        The result is the same for every order and batching of the same messages, also where two of them tell one event
        differently.
        """
        merged = in_order(_kept([*self.scans, *scans]))
        latest = max(filter(None, (self.estimate, estimate)), key=_age, default=None)
        news = merged != self.scans or latest != self.estimate
        self.scans, self.estimate = merged, latest
        return news


MOST_SCANS = 500  # of one parcel, and a few that decide: a carrier's noise must not fill the journey


def _kept(scans: list[Scan]) -> list[Scan]:
    """The latest scans and the first that are final; what is kept does not depend on the batches they came in."""
    ordered = in_order(scans)
    final = [scan for scan in ordered if scan.status in _NEWS_AFTER]
    return [scan for scan in ordered if scan.status not in _NEWS_AFTER][-MOST_SCANS:] + final[:20]


def _age(estimate: Estimate) -> tuple[datetime, str]:
    return estimate.told_at, estimate.model_dump_json()
