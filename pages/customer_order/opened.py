"""A link is opened: the order, and the visit in the language, zone and looks of its reader; or what to do instead."""

from dataclasses import dataclass

from aiohttp import web

from pages.web.brands import branded
from pages.web.dead_links import dead_link
from pages.web.linked import find_linked
from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.customer_links import DeadLink
from services.orders.customer_pages import OrderPage
from services.orders.linked_orders import LinkedOrder


@dataclass(frozen=True)
class OpenedOrder:
    """An order whose link is good. token: of the link, for the addresses on its pages."""

    visit: Visit
    linked: LinkedOrder
    token: str

    @property
    def order(self) -> FoundOrder:
        """The order."""
        return self.linked.order

    @property
    def address(self) -> str:
        """Of the order's page."""
        return f"/o/{self.token}"

    async def page(self, parcel: str = "") -> OrderPage:
        """What the page shows."""
        return await self.visit.services.orders.pages.page(self.order, parcel)

    async def reader(self) -> Visit:
        """The visit as the customer reads it."""
        linked = self.linked
        known = await branded(self.visit, self.order.merchant, locale=linked.locale, zone=linked.zone)
        return known.read_as(order_address=self.address)


async def opened(visit: Visit) -> OpenedOrder | web.Response:
    """The order of the link in the address, or the page that says what to do next. Raises Problem rate_limited."""
    token = visit.path["token"]
    found = await find_linked(visit, token)
    if isinstance(found, DeadLink):
        return await dead_link(visit, found.why, found.merchant)
    visit.count_link(found.order.merchant, found.order.id)
    return OpenedOrder(visit, found, token)
