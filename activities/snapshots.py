"""Remembering: load what is known of an order, write what became of it."""

from temporalio import activity

from activities.heartbeat import heartbeat
from domain.base import Frozen
from domain.model.state import JourneyState
from failpoints.points import hit
from ports.snapshots import CommitResult, Snapshots


class OrderRef(Frozen):
    """An order by merchant and our id."""

    merchant: str
    order: str


class SnapshotActivities:
    """The journey's memory, given its port."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    @activity.defn
    async def load(self, ref: OrderRef) -> JourneyState:
        """The order's latest snapshot."""
        state = await self._snapshots.load(ref.merchant, ref.order)
        hit("order.loaded")
        return state

    @activity.defn
    async def commit(self, state: JourneyState) -> CommitResult:
        """Everything that changed, in one write. When it may be a local activity: see docs/adr/0035."""
        async with heartbeat():
            return await self._snapshots.commit(state)
