"""Remembering: load what is known of an order, write what became of it."""

from temporalio import activity

from activities.beating import pulse
from domain.base import Fact
from domain.journey import JourneyState
from ports.failpoints import hit
from ports.records import Committed, Records


class OrderRef(Fact):
    """An order by merchant and our id."""

    merchant: str
    order: str


class RecordActivities:
    """The journey's memory, given its port."""

    def __init__(self, records: Records) -> None:
        self._records = records

    @activity.defn
    async def load(self, ref: OrderRef) -> JourneyState:
        """The order's latest snapshot, or its beginning."""
        state = await self._records.load(ref.merchant, ref.order)
        hit("order.loaded")
        return state

    @activity.defn
    async def commit(self, state: JourneyState) -> Committed:
        """Everything that changed, in one write. Regular, never local: see docs/adr/0003."""
        async with pulse():
            return await self._records.commit(state)
