"""The order behind a customer's link, for the pages that are opened with it."""

from dataclasses import dataclass

from domain.actors import Actor, Role
from ports.pages import PageReader
from services.order_reader import FoundOrder, OrderReader
from services.tokens import TokenSigner
from store.engine.columns import real_now
from store.notifications.brands import Brands
from store.orders.links import LinkEpochs

LINK_HOLDER = Actor(role=Role.CUSTOMER, name="link")
"""Who acts on a customer's page, for commands and the audit."""


@dataclass(frozen=True)
class LinkedOrder:
    """An order, and how its customer reads."""

    order: FoundOrder
    reader: PageReader


@dataclass(frozen=True)
class LinkedOrders:
    """Finds orders by customers' links. A link that expired, was ended or is not ours finds none."""

    orders: OrderReader
    tokens: TokenSigner
    epochs: LinkEpochs
    brands: Brands

    async def find(self, token: str) -> LinkedOrder | None:
        """Raises OrderNotStarted."""
        link = self.tokens.verify_link(token, real_now())
        if link is None or await self.epochs.get(link.merchant, link.order) != link.epoch:
            return None
        order = await self.orders.find_by_id(link.merchant, link.order)
        if order is None:
            return None
        placed = (await self.orders.state(order)).state.order
        reader = PageReader(
            locale=placed.customer.locale,
            zone=placed.destination.zone,
            brand=await self.brands.of(order.merchant),
            order_id=placed.number or placed.order_id,
        )
        return LinkedOrder(order, reader)
