"""A link is opened: the order, and the visit in the language, zone and name of its reader; or what to do instead."""

from dataclasses import dataclass

from aiohttp import web

from pages.web.brand import PageBrand
from pages.web.rendering import render
from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.customer_links import DeadLink
from services.orders.customer_pages import OrderPage


@dataclass(frozen=True)
class OpenedOrder:
    """An order whose link is good. token: of the link, for the addresses on its pages."""

    visit: Visit
    order: FoundOrder
    token: str

    @property
    def address(self) -> str:
        """Of the order's page."""
        return f"/o/{self.token}"

    async def page(self, parcel: str = "") -> OrderPage:
        """What the page shows. Raises OrderNotStarted."""
        return await self.visit.services.orders.pages.page(self.order, parcel)

    def reader(self, page: OrderPage) -> Visit:
        """The visit as the customer reads it."""
        brand = PageBrand(name=page.shop)
        return self.visit.read_as(locale=page.locale, zone=page.zone, brand=brand, order_address=self.address)


async def opened(visit: Visit) -> OpenedOrder | web.Response:
    """The order of the link in the address, or the page that says what to do next. Raises Problem rate_limited."""
    token = visit.path["token"]
    found = await visit.services.orders.links.find(token)
    if isinstance(found, DeadLink):
        return render(visit, "design/dead_link.html", status=404, why=found.why, merchant=found.merchant)
    visit.count_link(found.merchant, found.id)
    return OpenedOrder(visit, found, token)
