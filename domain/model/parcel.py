"""Parcels: scans folded by their own time, whatever the order and number of their arrival."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import PrivateAttr

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

LostParcelChoice = Literal["resend", "refund"]
"""What a customer wants for a parcel that is lost."""


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
        declared = StatedTime(self.declared_at)
        return folded._replace(status=ParcelStatus.DELIVERED, since=declared, delivered=declared)

    @property
    def delivered_at(self) -> datetime | None:
        standing = self.tracking
        return standing.delivered_at if standing.status is ParcelStatus.DELIVERED else None

    @property
    def under_way(self) -> bool:
        """Something may still happen to it that we have to watch for."""
        return self.lost_at is None and self.tracking.status not in STATUSES_AFTER_FINAL

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
    final = [scan for scan in ordered if scan.status in STATUSES_AFTER_FINAL]
    return [scan for scan in ordered if scan.status not in STATUSES_AFTER_FINAL][-MAX_SCANS:] + final[:20]
