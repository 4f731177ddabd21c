"""What each line of a Shopify order comes to: price, discount and the tax that is charged on top of it."""

from collections.abc import Iterable
from typing import NamedTuple

from adapters.storefronts.amounts import minor
from adapters.storefronts.shopify_schemas import Line, ShippingLine, ShopifyOrder
from domain.model.order_prices import spread


class LineAmounts(NamedTuple):
    """A line or shipping line in minor units. tax: on top of the price."""

    gross: int
    discount: int
    tax: int

    @property
    def paid(self) -> int:
        return self.gross - self.discount + self.tax

    def of(self, kept: int, quantity: int) -> "LineAmounts":
        """The part of so many of its units; the rounding goes to the units that are left out."""
        return LineAmounts(*(number * kept // quantity for number in self))

    def changed_by(self, minors: int) -> "LineAmounts":
        """The same with so much more, or less, to pay."""
        if minors < 0:
            return self._replace(discount=self.discount - minors)
        return self._replace(tax=self.tax + minors)


def line_amounts(order: ShopifyOrder, sold: list[Line]) -> tuple[list[LineAmounts], list[LineAmounts]]:
    """Goods and freight. Discounts and taxes that only the whole order states are divided by the value of its lines.

    Raises NotExact for text that is no amount.
    """
    taxed = not order.taxes_included
    goods = [_amounts(line, line.quantity, order.currency, taxed) for line in sold]
    freight = [_amounts(line, 1, order.currency, taxed) for line in order.shipping_lines]
    stated = minor(order.total_discounts, order.currency)
    missing = stated - sum(row.discount for row in (*goods, *freight))
    if missing > 0 and goods:
        shares = spread(missing, [max(0, row.gross - row.discount) for row in goods])
        goods = [
            row._replace(discount=row.discount + share) for row, share in zip(goods, shares, strict=True)
        ]
    missing_tax = minor(order.total_tax, order.currency) - sum(row.tax for row in (*goods, *freight))
    if taxed and missing_tax > 0 and goods:
        shares = spread(missing_tax, [max(0, row.gross - row.discount) for row in goods])
        goods = [row._replace(tax=row.tax + share) for row, share in zip(goods, shares, strict=True)]
    return goods, freight


def _amounts(line: Line | ShippingLine, quantity: int, currency: str, taxed: bool) -> LineAmounts:
    gross = minor(line.price, currency) * quantity
    discount = sum_of((one.amount for one in line.discount_allocations), currency)
    if not line.discount_allocations:
        if isinstance(line, Line):
            discount = minor(line.total_discount, currency)
        elif line.discounted_price is not None:
            discount = gross - minor(line.discounted_price, currency)
    tax = sum_of((one.price for one in line.tax_lines), currency) if taxed else 0
    return LineAmounts(gross, discount, tax)


def sum_of(amounts: Iterable[str], currency: str) -> int:
    """The amounts together, in minor units."""
    return sum(minor(amount, currency) for amount in amounts)
