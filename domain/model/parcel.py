"""Parcels: their scans are combined by the scans' own times, whatever the order and number of their arrival."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import PrivateAttr

from domain.actors import Role
from domain.base import State
from domain.clock import Instant
from domain.model.estimate import Estimate, EstimateRecord, merge_estimates, report_order
from domain.model.polling_state import PollingState
from domain.model.promise import Promise
from domain.model.scan import (
    STATUSES_AFTER_FINAL,
    FoldCache,
    ParcelStatus,
    Scan,
    StatedTime,
    TrackingStatus,
    in_order,
)
from domain.units import UnitsByLine

LostParcelChoice = Literal["resend", "refund"]
"""What a customer chooses for a lost parcel."""


class Parcel(State):
    """A parcel of an order: its contents and everything that the carrier reported about it.

    shipped_on: the ship date; it separates parcels with a reused tracking number (TRK-11).
    tracking_number: empty where the parcel is not tracked, as letter mail.
    units: the indexes of the units inside, per line.
    estimate: the carrier's latest estimate.
    lost_at: when the parcel was written off. A later scan does not undo this; it opens a question for an agent.
    lost_by: the role that wrote it off; `system` where a question's default did.
    unfollowed_at: since then the journey does not wait for the parcel, because no person knew where it is. A scan ends this.
    loss_notified: the customer knows of the loss, because something was paid back for it.
    found_notified: the customer knows that the parcel arrived after all.
    declared_at: an agent declared it delivered at that time; this overrules the scans (a documented correction, I10).
    pickup_reminded_for: the arrival at a pick-up point of which the customer was reminded.
    choice: what the customer wants, now that the parcel is lost.
    claimed_at: since then the merchant claims the parcel from the carrier.
    trace_opened_at: when the customer reported that they do not have the parcel.
    trace_count: how often the parcel was traced.
    polling_state: this system's polls at the carrier's tracker.
    tracker_end_raised_at: when an agent was questioned because the carrier stopped reporting on the parcel.
    promise: the parcel's own promise, if it has one besides the order's.
    estimate_history: all estimates that are kept, oldest first.
    fulfilment: the storefront's own name of the shipment of this label, if a storefront reported it.
    contents_shared: its contents follow from those of its fulfilment: the storefront does not report them by label.
    """

    parcel_id: str
    carrier: str
    tracking_number: str
    shipped_on: date | None = None
    units: UnitsByLine
    registered_at: Instant
    due: Instant
    scans: list[Scan] = []
    estimate: Estimate | None = None
    lost_at: Instant | None = None
    lost_by: Role | None = None
    unfollowed_at: Instant | None = None
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
    contents_shared: bool = False
    _folded: FoldCache = PrivateAttr(default_factory=FoldCache)

    @property
    def tracking(self) -> TrackingStatus:
        # Every read of the agenda comes here several times: pydantic's way to a private attribute costs more than the fold.
        kept: FoldCache = (self.__pydantic_private__ or {})["_folded"]
        folded = kept.fold(self.scans)
        if self.declared_at is None or folded.status is ParcelStatus.DELIVERED:
            return folded
        declared = StatedTime(self.declared_at)
        return folded._replace(status=ParcelStatus.DELIVERED, since=declared, delivered=declared)

    @property
    def delivered_at(self) -> datetime | None:
        tracking = self.tracking
        return tracking.delivered_at if tracking.status is ParcelStatus.DELIVERED else None

    @property
    def tracked(self) -> bool:
        """Whether a carrier can report about it: it has a number."""
        return bool(self.tracking_number)

    @property
    def carrier_scanned(self) -> bool:
        """Whether the carrier itself reported that it has or had the parcel. A label or the shop's word is not enough."""
        return any(scan.physical for scan in self.scans)

    @property
    def delivery_scanned(self) -> bool:
        """Whether the carrier itself reported the delivery, and not the shop."""
        return any(scan.physical and scan.status is ParcelStatus.DELIVERED for scan in self.scans)

    @property
    def under_way(self) -> bool:
        """Whether something may still happen to the parcel that the journey has to watch for."""
        ended = self.lost_at is not None or self.unfollowed_at is not None
        return self.tracked and not ended and self.tracking.status not in STATUSES_AFTER_FINAL

    @property
    def has_left(self) -> bool:
        """Whether it has left the shop: moved, delivered or lost, or sent without tracking."""
        untracked = not (self.tracked or self.void)
        return untracked or any((self.tracking.moved_at, self.delivered_at, self.lost_at))

    @property
    def assumed_arrival(self) -> datetime | None:
        """From when its return window is counted where no delivery is known: goods that come back have arrived.

        None while the journey waits for it, and where it is lost or void.
        """
        if self.lost_at is not None or self.tracking.status in STATUSES_AFTER_FINAL:
            return None
        return self.unfollowed_at if self.tracked else max(self.due, self.registered_at)

    @property
    def resent(self) -> bool:
        """Whether the parcel is lost and its contents are sent again, or were sent again."""
        return self.lost_at is not None and self.choice == "resend"

    @property
    def void(self) -> bool:
        """Whether the label was cancelled: nothing travels under it, and its units wait to be shipped."""
        return self.lost_at is None and self.tracking.status is ParcelStatus.CANCELLED

    @property
    def first_estimate(self) -> Estimate | None:
        """The first date that the carrier expected."""
        return self.estimate_history[0].estimate if self.estimate_history else None

    def apply_update(self, scans: Iterable[Scan], estimate: Estimate | None) -> bool:
        """Add what a carrier reported. The result is False if all of it was known.

        A message without an estimate deletes none (S-15). The result is the same for every order and batching of the
        same messages, also if two of them report one event differently. An estimate older than the latest is news
        too: it may be the first.
        """
        merged_scans = in_order(_scans_to_keep([*self.scans, *scans]))
        stated = [one for one in (self.estimate, estimate) if one is not None]
        latest = max(stated, key=report_order, default=None)
        log = (
            merge_estimates(self.estimate_history, [estimate])
            if estimate is not None
            else self.estimate_history
        )
        changed = (merged_scans, latest, log) != (self.scans, self.estimate, self.estimate_history)
        self.scans, self.estimate, self.estimate_history = merged_scans, latest, log
        return changed


MAX_SCANS = 500  # of one parcel, and a few final ones: a carrier's useless scans must not fill the journey


def _scans_to_keep(scans: list[Scan]) -> list[Scan]:
    """The latest scans and the first that are final. The batches in which scans came do not change what is kept."""
    ordered = in_order(scans)
    final = [scan for scan in ordered if scan.status in STATUSES_AFTER_FINAL]
    return [scan for scan in ordered if scan.status not in STATUSES_AFTER_FINAL][-MAX_SCANS:] + final[:20]
