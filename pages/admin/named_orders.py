"""Orders of a list as people name them: the shop's number and the customer's name, instead of our id."""

from collections.abc import Iterable
from dataclasses import dataclass

from pages.web.staff import StaffUser
from pages.web.visit import Visit


@dataclass(frozen=True)
class NamedOrder:
    """The shop's own number of an order, and who bought it."""

    number: str
    buyer: str = ""


async def named_orders(visit: Visit, user: StaffUser, orders: Iterable[str]) -> dict[str, NamedOrder]:
    """By our ids. One that the shop does not have has our id as its number."""
    reader = visit.services.orders.reader
    named: dict[str, NamedOrder] = {}
    for order in sorted(set(orders)):
        found = await reader.snapshot(user.merchant, order)
        view = await reader.with_customer(found) if found else None
        buyer = view.customer.name if view and view.customer else ""
        named[order] = NamedOrder(view.number if view else order, buyer)
    return named
