"""Placing an order: the one way in which an order comes to us, whoever tells of it."""

from dataclasses import dataclass

from domain.model.order import Order, SealedCustomer
from domain.model.promise import Promise
from ports.storefronts import Sale
from services.delivery_promise import CalculatedPromise
from services.tokens import new_order_id
from store.notifications.preferences import Preferences
from store.orders.orders import Orders, PlaceOrderResult
from store.privacy.vault import Vault


@dataclass(frozen=True)
class OrderPlacement:
    """Takes sales in. The journey is started by whoever called, or by the sweep."""

    orders: Orders
    vault: Vault
    preferences: Preferences

    async def place(
        self, merchant: str, sale: Sale, promise: CalculatedPromise, body_hash: str
    ) -> PlaceOrderResult:
        """Write the order, once per merchant and order id. `body_hash`: of what was sent, so that another is a conflict."""
        order = await self._sealed(merchant, sale, promise.promise)
        return await self.orders.place(order, body_hash, promise.basis)

    async def _sealed(self, merchant: str, sale: Sale, promise: Promise) -> Order:
        """The order as we keep it: whoever bought it is sealed with a key of their own."""
        buyer = sale.buyer
        customer = self.vault.customer_of(merchant, buyer.customer_id)
        if buyer.phone is not None:
            name = self.vault.phone_pseudonym(merchant, buyer.phone)
            await self.preferences.record_phone(merchant, name, customer)
        return Order(
            merchant=merchant,
            order=new_order_id(),
            order_id=sale.order_id,
            placed_at=sale.placed_at,
            currency=sale.currency,
            customer=SealedCustomer(
                customer=customer,
                name=await self.vault.seal(merchant, customer, buyer.name),
                email=await self.vault.seal(merchant, customer, buyer.email),
                locale=buyer.locale or "en",
                phone=await self.vault.seal(merchant, customer, buyer.phone) if buyer.phone else None,
            ),
            destination=sale.destination,
            promise=promise,
            service=sale.service,
            lines=sale.lines,
            shipping=sale.shipping,
            tenders=sale.tenders,
            number=sale.number,
        )
