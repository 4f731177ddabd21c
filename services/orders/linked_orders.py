"""The order behind a customer's link, and how its customer reads, for the pages that are opened with it."""

from dataclasses import dataclass

from domain.actors import Actor, Role
from services.order_reader import FoundOrder, OrderReader
from services.orders.customer_links import CustomerLinks, DeadLink
from store.notifications.languages import CustomerLanguages
from store.privacy.vault import ERASED, Vault

LINK_HOLDER = Actor(role=Role.CUSTOMER, name="link")
"""Who acts on a customer's page, for commands and the audit."""


@dataclass(frozen=True)
class LinkedOrder:
    """An order. locale, zone: of its customer and its destination; number: as the customer knows it."""

    order: FoundOrder
    locale: str
    zone: str
    number: str


@dataclass(frozen=True)
class LinkedOrders:
    """Finds orders by customers' links."""

    orders: OrderReader
    links: CustomerLinks
    languages: CustomerLanguages
    vault: Vault

    async def find(self, token: str) -> LinkedOrder | DeadLink:
        """The order, or why the link opens none."""
        order = await self.links.find(token)
        return order if isinstance(order, DeadLink) else await self.of_order(order)

    async def of_order(self, order: FoundOrder) -> LinkedOrder | DeadLink:
        """As its customer reads it; that of an erased person is read no more."""
        placed = (await self.orders.state(order)).state.order
        if await self.vault.open(placed.customer.name) == ERASED:
            return DeadLink("erased", order.merchant)
        chosen = await self.languages.of(order.merchant, order.customer)
        return LinkedOrder(
            order,
            chosen or placed.customer.locale,
            placed.destination.zone,
            placed.number or placed.order_id,
        )
