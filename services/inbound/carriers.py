"""Deliveries of carriers: each update goes to the journey of the parcel that it is about."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from domain.model.tracking_update import TrackingUpdate
from domain.tracking.recycled_numbers import NumberEpoch, owner_of, split_by_parcel
from domain.tracking.scans import TrackingUpdated
from failpoints.points import hit
from ports.carriers import CarrierSource, ReportedParcel
from services.inbound.outcomes import DeliveryIgnored, Outcome, ParkedForParcels, applied
from services.inbound.reading import read_body
from services.journeys import Journeys
from services.metrics import UNLISTED_CODES
from store.inbox.inbox import InboundDelivery
from store.inbox.tracking_numbers import ParcelLookup, TrackingNumbers
from store.merchants.clock import Clocks
from store.tables.all import ParcelRow

log = logging.getLogger(__name__)

ParcelEpoch = tuple[ParcelRow, NumberEpoch]
"""A parcel, and since when its number means it."""


@dataclass(frozen=True)
class CarrierHandler:
    """Applies the deliveries of one carrier source. `same_carrier`: whether two names are of one carrier."""

    source: CarrierSource
    parcels: TrackingNumbers
    clocks: Clocks
    journeys: Journeys
    same_carrier: Callable[[str, str], bool]

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """Signal every parcel that the body reports on; park the delivery for those that are not registered yet."""
        message = await read_body(
            delivery.size, self.source.read, delivery.body, delivery.business_received_at
        )
        unknown: set[ParcelLookup] = set()
        for reported in message.parcels:
            lookup = ParcelLookup(reported.tracking_number, reported.carrier, reported.shipped_on)
            if not await self._signal_owners(delivery, reported, lookup):
                unknown.add(lookup)
        hit("inbox.signalled")
        if unknown:
            return ParkedForParcels(frozenset(unknown), applied(message.unread).reason)
        if not message.parcels and not message.unread:
            return DeliveryIgnored("not about parcels", followed=False)
        if unlisted := sum(parcel.unlisted for parcel in message.parcels):
            UNLISTED_CODES.labels(delivery.source).inc(unlisted)
        return applied(message.unread)

    async def _signal_owners(
        self, delivery: InboundDelivery, reported: ReportedParcel, lookup: ParcelLookup
    ) -> bool:
        """Divide the update among the merchant's parcels with that number; False when there is none."""
        found = await self.parcels.find_with_epochs(delivery.merchant, lookup)
        owners = self._of_carrier(found, reported.carrier)
        if not owners:
            return False
        update = _with_source(reported.update, delivery.source)
        epochs = [epoch for _, epoch in owners]
        for (parcel, _), part in zip(owners, split_by_parcel(update, epochs), strict=True):
            if part is not None:
                await self._signal(parcel, part)
        older = sum(owner_of(epochs, scan.at, scan.status) is None for scan in update.scans)
        if older:
            log.info("scans older than every parcel with their number: count=%d", older)
        return True

    def _of_carrier(self, found: list[ParcelEpoch], carrier: str) -> list[ParcelEpoch]:
        """Of several parcels with the number those of that carrier. Where there is none, the name decides nothing."""
        named = [(parcel, epoch) for parcel, epoch in found if self.same_carrier(parcel.carrier, carrier)]
        return named or found

    async def _signal(self, parcel: ParcelRow, update: TrackingUpdate) -> None:
        now = await self.clocks.get(parcel.merchant)
        event = TrackingUpdated(parcel_id=parcel.parcel, update=update, now=now)
        await self.journeys.signal(parcel.merchant, parcel.order, event)
        if now is not None:  # a sandbox clock waits for this delivery, so that what follows has its time
            await self.journeys.wait_until_idle(parcel.merchant, parcel.order)


def _with_source(update: TrackingUpdate, source: str) -> TrackingUpdate:
    """The update with the source in its estimate, unless the estimate names another."""
    if update.estimate is None or update.estimate.source:
        return update
    estimate = update.estimate.model_copy(update={"source": source})
    return update.model_copy(update={"estimate": estimate})
