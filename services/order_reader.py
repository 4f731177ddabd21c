"""Orders as their journeys last wrote them: found by name, read as state or as a view."""

import asyncio
from dataclasses import dataclass

from domain.journey.customer_order import CustomerOrder, customer_order
from domain.journey.order_view import CustomerContact, OrderView, order_view
from domain.model.state import JourneyState
from domain.returns.customer_return import CustomerReturn
from services.journeys import Journeys
from services.opened_texts import open_text
from store.merchants.clock import Clocks
from store.orders.named_orders import FoundOrder, NamedOrders
from store.orders.orders import Orders
from store.orders.snapshots import Snapshot, SnapshotStore
from store.orders.versions import OrderVersion, OrderVersions, SnapshotVersion
from store.privacy.vault import ERASED, Vault

__all__ = ["FoundOrder", "OrderReader", "OrderVersion", "Snapshot", "SnapshotVersion"]

_POLL_INTERVAL = 0.01  # seconds between two reads of a version


@dataclass(frozen=True)
class OrderReader:
    """Reads of one merchant's orders. An order of another merchant is never found; one that is found has a state."""

    orders: Orders
    names: NamedOrders
    snapshots: SnapshotStore
    versions: OrderVersions
    journeys: Journeys
    vault: Vault
    clocks: Clocks

    async def find(self, merchant: str, order: str) -> FoundOrder | None:
        """By the merchant's own order id or, where no order has that id, by our `ord_…`."""
        return await self.names.find(merchant, order)

    async def find_by_id(self, merchant: str, order: str) -> FoundOrder | None:
        """By our `ord_…` only."""
        return await self.names.find_by_id(merchant, order)

    async def version(self, merchant: str, order: str) -> OrderVersion | None:
        """Our id and the last version of an order by either id: one query, cheaper than the state."""
        return await self.versions.find(merchant, order)

    async def snapshot(self, merchant: str, order: str) -> Snapshot | None:
        """The last committed state and when it was true. `order`: our id. None for an order that is not this merchant's."""
        return await self.snapshots.snapshot(merchant, order)

    async def state(self, order: FoundOrder) -> Snapshot:
        """The same of an order that was found."""
        found = await self.snapshots.snapshot(order.merchant, order.id)
        assert found is not None, "an order is written together with its first snapshot"
        return found

    async def view(self, order: FoundOrder) -> OrderView:
        """The last committed state as the API and pages show it."""
        found = await self.state(order)
        return order_view(found.state, found.as_of)

    async def view_with_customer(self, order: FoundOrder) -> OrderView:
        """The same with the customer's name and contacts in clear."""
        return await self.with_customer(await self.state(order))

    async def with_customer(self, found: Snapshot) -> OrderView:
        """A state that was read, with the customer in clear."""
        sealed = found.state.order.customer
        name = await self.vault.open(sealed.name)
        contact = CustomerContact(
            customer=sealed.customer,
            name=name,
            erased=name == ERASED,
            email=await self.vault.open(sealed.email) or None,
            phone=await self.vault.open(sealed.phone) if sealed.phone else None,
            locale=sealed.locale,
        )
        return order_view(found.state, found.as_of).model_copy(update={"customer": contact})

    async def is_erased(self, order: FoundOrder) -> bool:
        """Whether the order's customer was erased: then no text of theirs is kept any more."""
        return await self.vault.open((await self.state(order)).state.order.customer.name) == ERASED

    async def customer_view(self, order: FoundOrder) -> CustomerOrder:
        """The last committed state as its customer sees it, at the merchant's present time."""
        state = (await self.state(order)).state
        return await self.opened(customer_order(state, await self.clocks.business_now(order.merchant)))

    async def opened(self, order: CustomerOrder) -> CustomerOrder:
        """With what people of the shop wrote to the customer in clear."""
        returns = [await self.opened_return(one) for one in order.returns]
        return order.model_copy(update={"returns": tuple(returns)})

    async def opened_return(self, found: CustomerReturn) -> CustomerReturn:
        """The same for one return."""
        text = await open_text(self.vault, found.refusal_text)
        return found.model_copy(update={"refusal_text": text})

    async def live_view(self, order: FoundOrder) -> OrderView:
        """The same from the journey itself. Raises JourneyUnavailable."""
        return await self.journeys.query(order.merchant, order.id)

    async def wait_for_newer(self, order: FoundOrder, seq: int, deadline: float) -> JourneyState | None:
        """The next version after `seq` that is written by that loop time, if one is.

        A journey judges by its newest state and writes that state afterwards.
        """
        while asyncio.get_running_loop().time() < deadline:
            found = (await self.state(order)).state
            if found.seq > seq:
                return found
            await asyncio.sleep(_POLL_INTERVAL)
        return None
