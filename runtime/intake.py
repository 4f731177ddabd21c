"""What carriers and storefronts told us goes to the journeys it is about."""

import asyncio
from collections.abc import Mapping

from domain.facts import ParcelReport
from ports.carriers import CarrierSource, Report, Unreadable
from ports.failpoints import hit
from runtime.alone import alone
from runtime.storefront_intake import StorefrontIntake
from store.clock import Clocks
from store.database import Database
from store.inbox import Inbox
from store.parcels import Parcels, Sought
from store.tables import InboxRow
from workflows.journeys import Journeys, NotAnswering

AT_ONCE = 4  # deliveries handed over at the same time, in any order; more would make those who deliver wait


class Intake:
    """Works off the inbox. Deliveries are leased and reports merge by their own time: twice is once, and any order will do."""

    def __init__(
        self,
        db: Database,
        journeys: Journeys,
        sources: Mapping[str, CarrierSource],
        storefronts: StorefrontIntake,
    ) -> None:
        self.inbox = Inbox(db)
        self._storefronts = storefronts
        self._journeys, self._sources = journeys, sources
        self._parcels, self._clocks = Parcels(db), Clocks(db)

    async def read(self) -> int:
        """Apply what carriers told; how many messages were worked on."""
        rows = await self.inbox.claim(limit=50)
        places = asyncio.Semaphore(AT_ONCE)
        done = await asyncio.gather(*(self._in_turn(row, places) for row in rows), return_exceptions=True)
        for problem in done:
            if isinstance(problem, BaseException):
                raise problem  # the store or Temporal is away, for all alike
        return len(rows)

    async def _in_turn(self, row: InboxRow, places: asyncio.Semaphore) -> None:
        async with places:
            assert row.id is not None
            if not self.inbox.holds(row):
                return  # the others before took too long: somebody may have it, else we claim it again
            defect = await alone(f"delivery {row.id}", self._apply(row, row.id))
            if defect is not None:
                await self.inbox.bury(row.id, defect)

    async def _apply(self, row: InboxRow, row_id: int) -> None:
        if self._storefronts.knows(row):
            await self._storefronts.apply(row, row_id)
            return
        try:
            reports = self._sources[row.source].read(row.body, row.heard_at)
        except Unreadable as problem:
            await self.inbox.bury(row_id, str(problem))
            return
        strangers = set()
        hit("inbox.claimed")
        try:
            for report in reports:
                sought = Sought(report.tracking_number, report.carrier, report.shipped_on)
                if not await self._hand_over(row.merchant, report, sought):
                    strangers.add(sought)
        except NotAnswering:
            await self.inbox.fail(row_id, "temporal does not answer")
            return
        hit("inbox.signalled")
        if strangers:
            await self.inbox.park(row_id, strangers)
        elif reports:
            await self.inbox.done(row_id)
        else:
            await self.inbox.ignored(row_id, "not about parcels")

    async def _hand_over(self, merchant: str, report: Report, sought: Sought) -> bool:
        """Tell the journey of the newest parcel with that number; false when nobody knows the parcel."""
        found = await self._parcels.find(merchant, sought)
        if not found:
            return False
        fact = ParcelReport(
            carrier=found[0].carrier,
            tracking_number=report.tracking_number,
            shipped_on=found[0].shipped_on.isoformat() if found[0].shipped_on else None,
            scans=report.scans,
            estimate=report.estimate,
            now=await self._clocks.get(merchant),
        )
        await self._journeys.tell(merchant, found[0].order, fact)
        if fact.now is not None:  # a sandbox clock waits for this delivery, so that what follows has its time
            await self._journeys.until_settled(merchant, found[0].order)
        return True
