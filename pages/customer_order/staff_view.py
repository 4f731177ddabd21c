"""`/agents/orders/{order}/customer-page`: the order as its customer sees it, for people of the shop, who do nothing on it."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem
from domain.actors import STAFF
from pages.customer_order.shown import shown
from pages.web.brands import branded
from pages.web.goods_pictures import goods_pictures
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.orders.linked_orders import LinkedOrder

_NO_LINK: Final = "/o/staff"  # a link that opens nothing: what the page would post is refused


@staff_page("GET", "/agents/orders/{order}/customer-page", roles=STAFF)
async def show_customer_page(visit: Visit, user: StaffUser) -> web.Response:
    """The page has no link with the customer's powers, and the visit does not count as one of the customer."""
    order = await visit.services.orders.reader.find(user.merchant, visit.path["order"])
    linked = await visit.services.orders.linked.of_order(order) if order else None
    if order is None or not isinstance(linked, LinkedOrder):
        raise Problem("not_found")
    found = await visit.services.orders.pages.page(order, visit.query.text("package", 64))
    reader = await branded(visit, order.merchant, locale=linked.locale, zone=linked.zone)
    pictures = goods_pictures(found.details.lines)
    return render(
        reader.read_as(order_address=_NO_LINK),
        "customer_order/page.html",
        headers=pictures.headers,
        pictures=pictures.addresses,
        feedback=None,
        push=None,
        **shown(found, staff_order=order.id),
    )
