"""A refund's amount in the shop's currency, where its transactions state only the buyer's.

Shopify's transactions are in the currency that the buyer paid in. Lines, shipping and adjustments of the same refund state both
currencies, so the parts that come to exactly the buyer's amount come to the shop's amount as well.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from adapters.storefronts.amounts import minor
from adapters.storefronts.shopify_schemas import (
    Adjustment,
    MoneySet,
    ShopifyOrder,
    ShopifyRefund,
    Transaction,
)


class _Both(NamedTuple):
    """One amount in minor units of both currencies."""

    buyer: int
    shop: int


_NOTHING = _Both(0, 0)


def shop_currency(refund: ShopifyRefund) -> str:
    """The shop's currency, as the refund's own amounts name it; empty where none does."""
    shops = (money.shop_money for money in _sets(refund) if money is not None)
    return next((shop.currency for shop in shops if shop and shop.currency), "")


def shop_total(refund: ShopifyRefund, moved: list[Transaction], order: ShopifyOrder | None) -> int | None:
    """What the transactions come to in minor units of the shop's currency; None where the body does not say it.

    Raises NotExact for text that is no amount.
    """
    currencies = {one.currency for one in moved}
    if len(currencies) != 1:
        return None
    buyer = sum(minor(one.amount, one.currency) for one in moved)
    found = {whole.shop for whole in _wholes(refund) if whole.buyer == buyer}
    if not found and order is not None:
        whole = _both(order.total_price_set)
        found = {whole.shop} if whole.buyer == buyer else set()
    return found.pop() if len(found) == 1 else None


def _wholes(refund: ShopifyRefund) -> Iterator[_Both]:
    """The sums that the refund's parts may come to: with and without tax on top, and each way to state shipping."""
    lines = _sum(line.subtotal_set for line in refund.refund_line_items)
    taxes = _sum(line.total_tax_set for line in refund.refund_line_items)
    shipping = _sum(line.subtotal_amount_set for line in refund.refund_shipping_lines)
    fees = _sum((refund.total_duties_set, refund.total_additional_fees_set))
    to_shipping = [one for one in refund.order_adjustments if one.kind == "shipping_refund"]
    others = [one for one in refund.order_adjustments if one.kind != "shipping_refund"]
    ways = product(
        (_NOTHING, taxes),
        (_NOTHING, shipping, _paid_back(to_shipping)),
        (_NOTHING, _paid_back(others)),
        (_NOTHING, fees),
    )
    for way in ways:
        yield _Both(
            lines.buyer + sum(part.buyer for part in way), lines.shop + sum(part.shop for part in way)
        )


def _paid_back(adjustments: list[Adjustment]) -> _Both:
    stated = _sum(amount for one in adjustments for amount in (one.amount_set, one.tax_amount_set))
    return _Both(-stated.buyer, -stated.shop)


def _sum(sets: Iterable[MoneySet | None]) -> _Both:
    pairs = [_both(one) for one in sets]
    return _Both(sum(pair.buyer for pair in pairs), sum(pair.shop for pair in pairs))


def _both(money: MoneySet | None) -> _Both:
    if money is None or money.shop_money is None or money.presentment_money is None:
        return _NOTHING
    shop, buyer = money.shop_money, money.presentment_money
    return _Both(minor(buyer.amount, buyer.currency), minor(shop.amount, shop.currency))


def _sets(refund: ShopifyRefund) -> Iterator[MoneySet | None]:
    for line in refund.refund_line_items:
        yield from (line.subtotal_set, line.total_tax_set)
    for shipping in refund.refund_shipping_lines:
        yield shipping.subtotal_amount_set
    for adjustment in refund.order_adjustments:
        yield from (adjustment.amount_set, adjustment.tax_amount_set)
    for transaction in refund.transactions:
        yield transaction.amount_set
    yield from (refund.total_duties_set, refund.total_additional_fees_set)
