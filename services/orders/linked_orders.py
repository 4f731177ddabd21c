"""The order behind a customer's link, and how its customer reads, for the pages that are opened with it."""

from dataclasses import dataclass

from domain.actors import Actor, Role
from services.order_reader import FoundOrder, OrderReader
from services.orders.customer_links import CustomerLinks, DeadLink

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

    async def find(self, token: str) -> LinkedOrder | DeadLink:
        """The order, or why the link opens none. Raises OrderNotStarted."""
        order = await self.links.find(token)
        if isinstance(order, DeadLink):
            return order
        placed = (await self.orders.state(order)).state.order
        return LinkedOrder(
            order, placed.customer.locale, placed.destination.zone, placed.number or placed.order_id
        )
