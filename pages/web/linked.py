"""Pages that a customer opens with a link of one order: whose order it is, in the customer's language and zone."""

from typing import Any

from api.http.problems import Problem
from pages.web.brand import PageBrand
from pages.web.visit import Visit
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.orders.linked_orders import LINK_HOLDER

MAX_LINK = 2000  # characters


async def linked_order(visit: Visit, **frame: Any) -> tuple[Visit, FoundOrder]:
    """The order of the link in the address, and the visit of its customer. Raises Problem not_found for any other link.

    frame: variables that every template of this visit gets.
    """
    token = visit.path["token"]
    found = await visit.services.orders.linked.find(token) if len(token) <= MAX_LINK else None
    if found is None:
        raise Problem("not_found")
    visit.count_link(found.order.merchant, found.order.id)
    reader = found.reader
    brand = PageBrand(name=reader.brand or "smot")
    known = visit.read_as(
        locale=reader.locale, zone=reader.zone, brand=brand, number=reader.order_id, token=token, **frame
    )
    return known, found.order


async def customers_context(visit: Visit, order: FoundOrder, command_id: str) -> CommandContext:
    """The context of a command that the holder of the link sends."""
    return await visit.services.commands.context(order.merchant, LINK_HOLDER, command_id)
