"""What people know orders by: the shop's number of each, and its customer's name."""

from collections.abc import Collection
from dataclasses import dataclass

from store.orders.labels import OrderLabels
from store.privacy.vault import Vault


@dataclass(frozen=True)
class OrderName:
    """How people name one order. customer: in clear, empty where it was not wanted; locale: the customer's."""

    order_id: str
    number: str
    locale: str
    customer: str = ""


@dataclass(frozen=True)
class OrderNames:
    """Names many orders at once: all in one read of the table, and one of the keys that seal the customers."""

    labels: OrderLabels
    vault: Vault

    async def of(
        self, merchant: str, orders: Collection[str], *, with_customers: bool
    ) -> dict[str, OrderName]:
        """By our ids, of those that are the merchant's."""
        found = await self.labels.of(merchant, orders) if orders else {}
        opened = await self.vault.open_all([one.customer for one in found.values()]) if with_customers else []
        customers = dict(zip(found, opened, strict=False))
        return {
            order: OrderName(one.order_id, one.number, one.locale, customers.get(order, ""))
            for order, one in found.items()
        }
