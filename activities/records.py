"""Remembering: load what is known of an order, write what became of it."""

from pydantic import JsonValue
from temporalio import activity

from activities.beating import pulse
from domain.base import Fact
from domain.journey import JourneyState
from domain.orders import Order
from domain.terms import Terms
from ports.failpoints import hit
from ports.records import Committed, Records


class OrderRef(Fact):
    """An order by merchant and our id."""

    merchant: str
    order: str


class Change(Fact):
    """The state of an order that is in the store already, without its order and terms: they never change, the store has them.

    They are more than half of it, and every commit's input is kept in the journey's history.
    """

    ref: OrderRef
    rest: dict[str, JsonValue]

    @classmethod
    def of(cls, state: JourneyState) -> "Change":
        ref = OrderRef(merchant=state.order.merchant, order=state.order.order)
        return cls(ref=ref, rest=state.model_dump(mode="json", exclude={"order", "terms"}))

    def of_what(self, order: Order, terms: Terms) -> JourneyState:
        """The whole state again."""
        return JourneyState.model_validate({**self.rest, "order": order, "terms": terms})


class RecordActivities:
    """The journey's memory, given its port."""

    def __init__(self, records: Records, most: int = 2000) -> None:
        self._records = records
        self._most = most
        self._fixed: dict[OrderRef, tuple[Order, Terms]] = {}  # of the orders that were written last

    @activity.defn
    async def load(self, ref: OrderRef) -> JourneyState:
        """The order's latest snapshot, or its beginning."""
        state = await self._records.load(ref.merchant, ref.order)
        self._keep(ref, state)
        hit("order.loaded")
        return state

    @activity.defn
    async def commit(self, ask: JourneyState | Change) -> Committed:
        """Everything that changed, in one write. Regular, never local: see docs/adr/0003.

        The first one brings the whole state, as all did in journeys of older releases.
        """
        async with pulse():
            return await self._records.commit(await self._whole(ask))

    async def _whole(self, ask: JourneyState | Change) -> JourneyState:
        if isinstance(ask, JourneyState):
            return ask
        if ask.ref not in self._fixed:
            self._keep(ask.ref, await self._records.load(ask.ref.merchant, ask.ref.order))
        return ask.of_what(*self._fixed[ask.ref])

    def _keep(self, ref: OrderRef, state: JourneyState) -> None:
        self._fixed.pop(ref, None)
        self._fixed[ref] = (state.order, state.terms)
        if len(self._fixed) > self._most:
            del self._fixed[next(iter(self._fixed))]
