"""Pages that a customer opens with a link of one order: `@linked_page("GET", "/r/{token}")`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, Literal

from aiohttp import web

from pages.web.brands import branded
from pages.web.dead_links import dead_link
from pages.web.routes import PageRoute, page
from pages.web.visit import Visit
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.orders.customer_links import DeadLink
from services.orders.linked_orders import LINK_HOLDER, LinkedOrder

MAX_LINK: Final = 2000  # characters
LinkedHandler = Callable[[Visit, FoundOrder], Awaitable[web.Response]]


def linked_page(method: Literal["GET", "POST"], path: str) -> Callable[[LinkedHandler], PageRoute]:
    """Declare a page of an order: `async def name(visit, order)`. `{token}` in the path is the customer's link.

    The visit is in the customer's language and zone and in the shop's looks. A link that opens nothing says what to do next.
    """

    def declare(handler: LinkedHandler) -> PageRoute:
        @wraps(handler)
        async def opened(visit: Visit) -> web.Response:
            token = visit.path["token"]
            found = await find_linked(visit, token)
            if isinstance(found, DeadLink):
                return await dead_link(visit, found.why, found.merchant)
            order = found.order
            visit.count_link(order.merchant, order.id)
            known = await branded(visit, order.merchant, locale=found.locale, zone=found.zone)
            return await handler(known.read_as(number=found.number, token=token), order)

        return page(method, path)(opened)

    return declare


async def find_linked(visit: Visit, token: str) -> LinkedOrder | DeadLink:
    """The order of that link, or why it opens none."""
    return await visit.services.orders.linked.find(token) if len(token) <= MAX_LINK else DeadLink("unknown")


async def customers_context(visit: Visit, order: FoundOrder, command_id: str) -> CommandContext:
    """The context of a command that the holder of the link sends."""
    return await visit.services.commands.context(order.merchant, LINK_HOLDER, command_id)
