"""What carriers and storefronts told us goes to the journeys it is about."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import monotonic

from domain.model.scan import Scan
from domain.tracking.recycled_numbers import NumberEpoch, owner_of
from domain.tracking.scans import ParcelUpdate
from failpoints.points import hit
from ports.carriers import CarrierSource, TrackingUpdate
from ports.inbound_webhooks import InvalidPayload
from services.inbound.storefronts import StorefrontInboxProcessor
from services.isolation import isolated
from services.journeys import Journeys, JourneyUnavailable
from store.engine.database import Database
from store.inbox.inbox import Inbox
from store.inbox.tracking_numbers import ParcelLookup, TrackingNumbers
from store.merchants.clock import Clocks
from store.tables.all import InboxRow, ParcelRow

log = logging.getLogger(__name__)

# How many deliveries are handed over at the same time, in any order, and how many are taken up together.
_IDLE_BATCH = 8, 50
_BUSY_BATCH = 1, 20  # while others deliver here: they are answered before what they brought is worked on
_STALL_SECONDS = (
    3.0  # seconds for such a round; after a longer one somebody does not answer, whom the others pass by
)


class InboxProcessor:
    """Works off the inbox. Deliveries are leased and reports merge by their own time: twice is once, and any order will do.

    `arrived`: set when something was put into the inbox by this process.
    """

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        sources: Mapping[str, CarrierSource],
        storefronts: StorefrontInboxProcessor,
        arrived: asyncio.Event,
    ) -> None:
        self.inbox = Inbox(db)
        self._arrived, self._stuck = arrived, False
        self._storefronts = storefronts
        self._journeys, self._sources = journeys, sources
        self._parcels, self._clocks = TrackingNumbers(db), Clocks(db)

    async def process_batch(self) -> int:
        """Apply what carriers told; how many messages were worked on."""
        at_once, most = _BUSY_BATCH if self._arrived.is_set() and not self._stuck else _IDLE_BATCH
        self._arrived.clear()  # before the look: what comes from here on is seen by it, or rings again
        began = monotonic()
        rows = await self.inbox.claim(limit=most)
        places = asyncio.Semaphore(at_once)
        done = await asyncio.gather(*(self._process_row(row, places) for row in rows), return_exceptions=True)
        for problem in done:
            if isinstance(problem, BaseException):
                raise problem  # the store or Temporal is away, for all alike
        self._stuck = monotonic() - began > _STALL_SECONDS
        return len(rows)

    async def _process_row(self, row: InboxRow, places: asyncio.Semaphore) -> None:
        async with places:
            assert row.id is not None
            if not self.inbox.holds_lease(row):
                return  # the others before took too long: somebody may have it, else we claim it again
            defect = await isolated(f"delivery {row.id}", self._apply(row, row.id))
            if defect is not None:
                await self.inbox.dead_letter(row.id, defect)

    async def _apply(self, row: InboxRow, row_id: int) -> None:
        hit("inbox.claimed")
        if self._storefronts.handles(row):
            await self._storefronts.apply(row, row_id)
            return
        try:
            reports = self._sources[row.source].read(row.body, row.business_received_at)
        except InvalidPayload as problem:
            await self.inbox.dead_letter(row_id, str(problem))
            return
        strangers = set()
        try:
            for report in reports:
                sought = ParcelLookup(report.tracking_number, report.carrier, report.shipped_on)
                if not await self._signal_parcels(row, report, sought):
                    strangers.add(sought)
        except JourneyUnavailable:
            await self.inbox.retry_later(row_id, "temporal does not answer")
            return
        hit("inbox.signalled")
        if strangers:
            await self.inbox.park(row_id, strangers)
        elif reports:
            await self.inbox.mark_done(row_id)
        else:
            await self.inbox.mark_ignored(row_id, "not about parcels")

    async def _signal_parcels(self, row: InboxRow, report: TrackingUpdate, lookup: ParcelLookup) -> bool:
        """Tell each parcel with that number what is about it; false when nobody knows such a parcel."""
        known = await self._parcels.find_with_epochs(row.merchant, lookup)
        if not known:
            return False
        for (parcel, _), share in zip(
            known, split_by_parcel(report, [epoch for _, epoch in known]), strict=True
        ):
            if share is not None:
                await self._signal(row, parcel, share)
        return True

    async def _signal(self, row: InboxRow, parcel: ParcelRow, report: TrackingUpdate) -> None:
        estimate = report.estimate
        fact = ParcelUpdate(
            carrier=parcel.carrier,
            tracking_number=report.tracking_number,
            shipped_on=parcel.shipped_on.isoformat() if parcel.shipped_on else None,
            scans=report.scans,
            estimate=estimate and estimate.model_copy(update={"source": estimate.source or row.source}),
            now=await self._clocks.get(row.merchant),
            from_order_on=True,
        )
        await self._journeys.signal(row.merchant, parcel.order, fact)
        if fact.now is not None:  # a sandbox clock waits for this delivery, so that what follows has its time
            await self._journeys.wait_until_idle(row.merchant, parcel.order)


def split_by_parcel(report: TrackingUpdate, epochs: Sequence[NumberEpoch]) -> list[TrackingUpdate | None]:
    """What of the report is about which parcel: where a number was used before, its old scans are not news of the new one.

    None for a parcel it says nothing about. What is older than all of them is about nobody we know.
    """
    if not report.scans and report.estimate is None:
        newest = max(range(len(epochs)), key=lambda place: epochs[place].begins)
        return [report if place == newest else None for place in range(len(epochs))]
    scans: dict[int | None, list[Scan]] = {}
    for scan in report.scans:
        scans.setdefault(owner_of(epochs, scan.at, scan.status), []).append(scan)
    if None in scans:
        log.info("scans older than every parcel with their number: count=%d", len(scans[None]))
    estimated = owner_of(epochs, report.estimate.reported_at) if report.estimate else None
    shares: list[TrackingUpdate | None] = []
    for place in range(len(epochs)):
        estimate = report.estimate if place == estimated else None
        mine = tuple(scans.get(place, ()))
        share = report.model_copy(update={"scans": mine, "estimate": estimate})
        shares.append(share if mine or estimate else None)
    return shares
