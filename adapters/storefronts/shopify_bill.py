"""The bill of a Shopify order: its lines with tax, checked against the order's own total."""

from collections.abc import Iterable
from typing import NamedTuple

from adapters.storefronts.amounts import minor, spread, with_tax
from adapters.storefronts.shopify_schemas import Line, ShippingLine, ShopifyOrder
from adapters.storefronts.shopify_tenders import tenders_of
from adapters.untrusted_json import sanitize
from domain.model.order import OrderLine, Tender
from domain.money import Money


class InvalidOrder(ValueError):
    """The order cannot be placed here; the text gives the reason, without personal data."""


class Bill(NamedTuple):
    """What was paid. `lines`: the shipped goods. `shipping`: everything else, such as freight, tips and duties."""

    lines: tuple[OrderLine, ...]
    shipping: Money
    tenders: tuple[Tender, ...]


class _LineAmounts(NamedTuple):
    """A line or shipping line in minor units. tax: on top of the price."""

    gross: int
    discount: int
    tax: int

    @property
    def paid(self) -> int:
        return self.gross - self.discount + self.tax


def bill_of(order: ShopifyOrder) -> Bill:
    """The bill, exact to the smallest unit.

    Raises InvalidOrder when the lines do not add up to the total, and NotExact for text that is no amount.
    """
    currency = order.currency
    sold = [line for line in order.line_items if line.quantity]
    goods, freight = _rows(order, sold)
    extras = sum(row.paid for row in freight) + _extras(order)
    extras += sum(row.paid for line, row in zip(sold, goods, strict=True) if not line.requires_shipping)
    shipped = [(line, row) for line, row in zip(sold, goods, strict=True) if line.requires_shipping]
    bill, total = sum(row.paid for _, row in shipped) + extras, minor(order.total_price, currency)
    if bill != total:
        raise InvalidOrder(f"its lines come to {bill} and its total to {total} ({currency} in minor units)")
    if min([extras, *(number for row in goods for number in (row.discount, row.tax, row.paid))]) < 0:
        raise InvalidOrder("an amount is negative")
    lines = tuple(_line(line, row, currency) for line, row in shipped)
    return Bill(lines, Money(minor=extras, currency=currency), tenders_of(order, total))


def _rows(order: ShopifyOrder, sold: list[Line]) -> tuple[list[_LineAmounts], list[_LineAmounts]]:
    """Goods and freight. Discounts and taxes that only the whole order states are divided by the value of its lines."""
    taxed = not order.taxes_included
    goods = [_row(line, line.quantity, order.currency, taxed) for line in sold]
    freight = [_row(line, 1, order.currency, taxed) for line in order.shipping_lines]
    stated = minor(order.total_discounts or "0", order.currency)
    missing = stated - sum(row.discount for row in (*goods, *freight))
    if missing > 0 and goods:
        shares = spread(missing, [max(0, row.gross - row.discount) for row in goods])
        goods = [
            row._replace(discount=row.discount + share) for row, share in zip(goods, shares, strict=True)
        ]
    missing_tax = minor(order.total_tax or "0", order.currency) - sum(row.tax for row in (*goods, *freight))
    if taxed and missing_tax > 0 and goods:
        shares = spread(missing_tax, [max(0, row.gross - row.discount) for row in goods])
        goods = [row._replace(tax=row.tax + share) for row, share in zip(goods, shares, strict=True)]
    return goods, freight


def _row(line: Line | ShippingLine, quantity: int, currency: str, taxed: bool) -> _LineAmounts:
    gross = minor(line.price, currency) * quantity
    discount = _sum((one.amount for one in line.discount_allocations), currency)
    if not line.discount_allocations:
        if isinstance(line, Line):
            discount = minor(line.total_discount, currency)
        elif line.discounted_price is not None:
            discount = gross - minor(line.discounted_price, currency)
    tax = _sum((one.price for one in line.tax_lines), currency) if taxed else 0
    return _LineAmounts(gross, discount, tax)


def _sum(amounts: Iterable[str], currency: str) -> int:
    return sum(minor(amount, currency) for amount in amounts)


def _extras(order: ShopifyOrder) -> int:
    """Tips, duties and fees. They belong to no line, so they are paid back only with the whole order."""
    sets = (order.original_total_duties_set, order.original_total_additional_fees_set)
    amounts = [one.shop_money.amount for one in sets if one] + [order.total_tip_received or "0"]
    return _sum(amounts, order.currency)


def _line(line: Line, row: _LineAmounts, currency: str) -> OrderLine:
    price = minor(line.price, currency)
    priced = with_tax(price, line.quantity, row.discount, row.tax, currency)
    return OrderLine(
        line_id=str(line.id),
        sku=sanitize(line.sku or "", 64) or str(line.id),
        title=sanitize(line.title, 200),
        quantity=line.quantity,
        unit_price=priced.unit,
        discount=priced.discount or None,
        returnable=not line.gift_card,
    )
