"""What a storefront is told of an order: one update for each thing that happened here, under a key of its own."""

from typing import Literal, NamedTuple

from domain import storefront_keys
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Order
from domain.money import Money

UpdateKind = Literal[
    "return_requested", "return_opened", "return_refused", "return_received", "return_cancelled", "return_expired",
    "return_closed", "return_reopened", "refunded", "refund_failed",
]  # fmt: skip
"""
return_requested: it waits for a person's review.
return_received: goods of it arrived; its units are all that have arrived up to now.
return_closed: its goods and its money are settled.
refunded: money is on its way to the customer, by whatever way.
refund_failed: money that was told as refunded came back, and is owed again.
"""


class StorefrontUpdate(Frozen):
    """One thing to tell.

    subject: the return, or the leg.
    part: tells updates of one kind and subject apart.
    number: the return's number, as people read it; empty where it is about no return.
    units: how many units of each line.
    amount: what was paid back, or came back.
    paid_by: who paid it: a provider, or `credit` or `by_hand`.
    reference: the provider's id of the refund.
    keep_free: of a payment of another tender, what the storefront itself took for the order: a shop that counts all refunds of an
        order against its total must have as much of it left for the refunds of its own payment.
    goods_are_here: whether its units have arrived, so that they may be put into stock again.
    at: business time.
    """

    kind: UpdateKind
    subject: str
    part: str = ""
    return_id: str = ""
    number: str = ""
    units: dict[str, int] = {}
    amount: Money | None = None
    paid_by: str = ""
    reference: str = ""
    keep_free: Money | None = None
    goods_are_here: bool = False
    at: Instant

    @property
    def key(self) -> str:
        """Unique in its order."""
        return storefront_keys.storefront_update(self.kind, self.subject, self.part)


class ShopOrder(NamedTuple):
    """An order as its storefront knows it.

    pays: whether the storefront itself holds a payment of it.
    sent_it: whether the order came from there; else its lines may have other ids there.
    """

    storefront: str
    order_id: str
    pays: bool
    sent_it: bool


_SHOPIFY, _WOOCOMMERCE = "shopify", "woocommerce"


def shop_order(order: Order) -> ShopOrder | None:
    """Where the order stands in a storefront: the one that sent it, or the one that holds a payment of it; None without one."""
    for tender in order.tenders:
        if tender.provider == _WOOCOMMERCE and tender.payment:
            return ShopOrder(_WOOCOMMERCE, tender.payment, True, order.storefront == _WOOCOMMERCE)
        if tender.provider == _SHOPIFY and (
            number := storefront_keys.shopify_order_of_payment(tender.payment or "")
        ):
            return ShopOrder(_SHOPIFY, number, True, order.storefront == _SHOPIFY)
    return ShopOrder(order.storefront, order.order_id, False, True) if order.storefront else None
