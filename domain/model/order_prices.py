"""The prices of an order's lines with their shares of what only the whole order states: its discount, and tax on top."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.base import Frozen
from domain.model.order import OrderLine
from domain.model.order_totals import Inconsistency
from domain.money import Money


class StatedPrices(Frozen):
    """What an order states of its prices. All amounts are of the order's currency and not negative.

    lines: with their own discounts and, where it is stated, their own tax.
    discount: of the order as a whole, after those of the lines.
    tax: of lines and shipping together. Without it the tax is what lines and shipping state.
    shipping_tax: the part of it that is on shipping. Without it there is none, unless every line states its own.
    tax_included: whether prices, discounts and shipping include tax. Else it comes on top of them.
    """

    lines: tuple[OrderLine, ...]
    shipping: Money
    discount: Money | None = None
    tax: Money | None = None
    shipping_tax: Money | None = None
    tax_included: bool = True


class BilledPrices(NamedTuple):
    """What is to be paid for the lines and for shipping, tax included.

    tax: all of it; None where none is stated.
    shipping_tax: the part of it in shipping; None where it is not known.
    """

    lines: tuple[OrderLine, ...]
    shipping: Money
    tax: Money | None
    shipping_tax: Money | None = None


def billed(prices: StatedPrices) -> BilledPrices | Inconsistency:
    """The prices as they are paid, exact to the minor unit.

    A share of the whole is in proportion to what is paid for the line (largest remainder, earliest first).
    """
    currency = prices.shipping.currency
    worth = [line.paid.minor for line in prices.lines]
    discount = prices.discount.minor if prices.discount else 0
    if min(worth) < 0:
        return Inconsistency("negative_amount", "/lines")
    if discount > sum(worth):
        facts: dict[str, str | int] = {"discount": discount, "lines": sum(worth), "currency": currency}
        return Inconsistency("discount_too_large", "/discount", facts)
    shares = spread(discount, worth)
    worth = [value - share for value, share in zip(worth, shares, strict=True)]
    taxes = _taxes(prices, worth)
    if isinstance(taxes, Inconsistency):
        return taxes
    lines = tuple(
        _billed_line(line, share, tax, prices.tax_included)
        for line, share, tax in zip(prices.lines, shares, taxes.lines, strict=True)
    )
    on_top = 0 if prices.tax_included else taxes.shipping
    stated = prices.tax is not None or any(tax is not None for tax in taxes.lines) or taxes.shipping
    shipping_known = prices.shipping_tax is not None or taxes.shipping > 0
    return BilledPrices(
        lines=lines,
        shipping=Money(minor=prices.shipping.minor + on_top, currency=currency),
        tax=Money(minor=taxes.whole, currency=currency) if stated else None,
        shipping_tax=Money(minor=taxes.shipping, currency=currency) if shipping_known else None,
    )


class _Taxes(NamedTuple):
    """Tax in minor units: of each line (None where it is not known), of shipping, and of all."""

    lines: list[int | None]
    shipping: int
    whole: int


def _taxes(prices: StatedPrices, worth: Sequence[int]) -> _Taxes | Inconsistency:
    """The tax of each line: its own, else its share of the order's. A share of tax that prices include is not computed."""
    own = [line.tax.minor if line.tax is not None else None for line in prices.lines]
    shipping = prices.shipping_tax.minor if prices.shipping_tax else 0
    known = sum(tax or 0 for tax in own) + shipping
    rest = prices.tax.minor - known if prices.tax is not None else 0
    open_places = [place for place, tax in enumerate(own) if tax is None]
    if rest and not open_places and prices.shipping_tax is None and prices.shipping:
        shipping, rest = rest, 0  # every line states its own, so what is left is of shipping
    impossible = rest < 0 or shipping < 0 or (rest > 0 and not open_places)
    if impossible:
        facts: dict[str, str | int] = {
            "tax": prices.tax.minor if prices.tax is not None else known,
            "of_lines_and_shipping": known,
            "currency": prices.shipping.currency,
        }
        return Inconsistency("tax_does_not_match", "/tax", facts)
    if not prices.tax_included and open_places:
        shares = spread(rest, [worth[place] for place in open_places])
        for place, share in zip(open_places, shares, strict=True):
            own[place] = share if prices.tax is not None else None
    return _Taxes(own, shipping, known + rest if rest else sum(tax or 0 for tax in own) + shipping)


def _billed_line(line: OrderLine, share: int, tax: int | None, tax_included: bool) -> OrderLine:
    """The line with its share of the order's discount, and with tax that is on top of its price."""
    currency = line.unit_price.currency
    discount = (line.discount.minor if line.discount else 0) + share
    priced = with_tax(
        line.unit_price.minor, line.quantity, discount, 0 if tax_included else tax or 0, currency
    )
    return line.model_copy(
        update={
            "unit_price": priced.unit,
            "discount": priced.discount if priced.discount or line.discount else None,
            "tax": Money(minor=tax, currency=currency) if tax is not None else None,
        }
    )


class LinePrice(NamedTuple):
    """A line's amounts: `unit` times the quantity, less `discount`, is exactly what was paid for the line."""

    unit: Money
    discount: Money


def with_tax(price: int, quantity: int, discount: int, tax: int, currency: str) -> LinePrice:
    """A line's price per unit and its discount, both with tax.

    All arguments are minor units. The tax of a whole line need not be divisible by its units: the price per unit is rounded up,
    and the discount is larger by the difference.
    """
    paid = price * quantity - discount + tax
    unit = -(-(price * quantity + tax) // quantity)
    return LinePrice(
        unit=Money(minor=unit, currency=currency),
        discount=Money(minor=unit * quantity - paid, currency=currency),
    )


def spread(rest: int, weights: Sequence[int]) -> list[int]:
    """An amount of all lines together, divided in proportion to their weights without a remainder. `rest` is not negative."""
    # The division is the same in every currency; XXX is ISO's code for none.
    return [part.minor for part in Money(minor=rest, currency="XXX").allocate(list(weights))]
