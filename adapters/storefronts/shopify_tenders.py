"""How a Shopify order was paid."""

from adapters.storefronts.amounts import minor
from adapters.storefronts.shopify_schemas import ShopifyOrder, Transaction
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
    amounts = _in_shop_money(order, paid, total)
    if amounts and sum(amounts) == total and min(amounts) > 0:
        return tuple(
            _tender(order, str(one.id), one.gateway == GIFT_CARD, amount)
            for one, amount in zip(paid, amounts, strict=True)
        )
    gateways = order.payment_gateway_names or [order.gateway]
    return (_tender(order, "", all(name == GIFT_CARD for name in gateways), total),)


def guessed_tenders(order: ShopifyOrder, tenders: tuple[Tender, ...]) -> tuple[str, ...]:
    """The only tender of an order that was paid through several gateways: how much each took is not known."""
    several = len(set(order.payment_gateway_names)) > 1
    return (tenders[0].tender_id,) if several and len(tenders) == 1 else ()


def _in_shop_money(order: ShopifyOrder, paid: list[Transaction], total: int) -> list[int]:
    """The transactions in minor units of the shop's currency; none where they do not say it.

    Amounts in the buyer's currency that sum to the order's total there are divided like that total.
    """
    if all(one.currency in ("", order.currency) for one in paid):
        return [minor(one.amount, order.currency) for one in paid]
    sets = [one.amount_set.shop_money if one.amount_set else None for one in paid]
    if all(shop and shop.currency in ("", order.currency) for shop in sets):
        return [minor(shop.amount, order.currency) for shop in sets if shop]
    whole = order.total_price_set.presentment_money if order.total_price_set else None
    if whole is None or {one.currency for one in paid} != {whole.currency}:
        return []
    buyer = [minor(one.amount, whole.currency) for one in paid]
    if sum(buyer) != minor(whole.amount, whole.currency) or min(buyer) <= 0:
        return []
    return [share.minor for share in Money(minor=total, currency=order.currency).allocate(buyer)]


def _tender(order: ShopifyOrder, transaction: str, gift_card: bool, amount: int) -> Tender:
    kind: TenderKind = "gift_card" if gift_card else "card"
    name = "-".join(filter(None, ("shopify", str(order.id), transaction)))
    return Tender(
        tender_id=name,
        kind=kind,
        amount=Money(minor=amount, currency=order.currency),
        payment=None if gift_card else name,
    )
