"""How a Shopify order was paid."""

from adapters.storefronts.amounts import minor
from adapters.storefronts.shopify_schemas import ShopifyOrder
from domain.model.order import Tender, TenderKind
from domain.money import Money

GIFT_CARD = "gift_card"  # Shopify's name of the gateway


def tenders_of(order: ShopifyOrder, total: int) -> tuple[Tender, ...]:
    """One tender a transaction where the order has transactions that sum to the total, else one tender for everything.

    Shopify's webhooks state the gateways of an order and not the amount of each, so a gift card beside a card is recognized
    only where transactions are sent along.
    """
    if not total:
        return ()
    paid = [one for one in order.transactions if one.kind in ("sale", "capture") and one.status == "success"]
    amounts = [minor(one.amount, order.currency) for one in paid if one.currency == order.currency]
    if len(amounts) == len(paid) and amounts and sum(amounts) == total and min(amounts) > 0:
        return tuple(
            _tender(order, str(one.id), one.gateway == GIFT_CARD, amount)
            for one, amount in zip(paid, amounts, strict=True)
        )
    gateways = order.payment_gateway_names or [order.gateway or ""]
    return (_tender(order, "", all(name == GIFT_CARD for name in gateways), total),)


def _tender(order: ShopifyOrder, transaction: str, gift_card: bool, amount: int) -> Tender:
    kind: TenderKind = "gift_card" if gift_card else "card"
    name = "-".join(filter(None, ("shopify", str(order.id), transaction)))
    return Tender(
        tender_id=name,
        kind=kind,
        amount=Money(minor=amount, currency=order.currency),
        payment=None if gift_card else name,
    )
