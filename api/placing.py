"""Placing an order: the one way in which an order comes to us, whoever tells of it."""

from dataclasses import dataclass

from api.codes import new_order_id
from domain.orders import Order, SealedCustomer
from domain.promises import Promise
from ports.storefronts import Sale
from store.orders import Orders, Placed
from store.vault import Vault


@dataclass(frozen=True)
class Placing:
    """Takes sales in. The journey is started by whoever called, or by the sweep."""

    orders: Orders
    vault: Vault

    async def place(self, merchant: str, sale: Sale, promise: Promise, body_hash: str) -> Placed:
        """Write the order, once per merchant and order id. `body_hash`: of what was sent, so that another is a conflict."""
        return await self.orders.place(await self._sealed(merchant, sale, promise), body_hash)

    async def _sealed(self, merchant: str, sale: Sale, promise: Promise) -> Order:
        """The order as we keep it: whoever bought it is sealed with a key of their own."""
        customer = self.vault.customer_of(merchant, sale.buyer.customer_id)
        return Order(
            merchant=merchant,
            order=new_order_id(),
            order_id=sale.order_id,
            placed_at=sale.placed_at,
            currency=sale.currency,
            customer=SealedCustomer(
                customer=customer,
                name=await self.vault.seal(merchant, customer, sale.buyer.name),
                email=await self.vault.seal(merchant, customer, sale.buyer.email),
            ),
            destination=sale.destination,
            promise=promise,
            lines=sale.lines,
            shipping=sale.shipping,
            tenders=sale.tenders,
            number=sale.number,
        )
