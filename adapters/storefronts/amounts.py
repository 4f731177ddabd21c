"""Amounts of storefronts: decimal text, never a float, exact in the currency's smallest unit."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import iso4217

from domain.money import Money

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


class NotExact(ValueError):
    """The text is no decimal amount, or finer than the currency's smallest unit."""


def minor(text: str, currency: str) -> int:
    """The amount in minor units: "12.50" USD is 1250, "1200" JPY is 1200, "1.250" KWD is 1250. Raises NotExact."""
    if not _DECIMAL.fullmatch(text):
        raise NotExact("not a decimal amount")
    try:
        digits = iso4217.Currency(currency).exponent or 0
    except ValueError:
        raise NotExact("unknown currency") from None
    scaled = Decimal(text).scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise NotExact(f"finer than {currency} is divided")
    return int(scaled)


class Priced(NamedTuple):
    """A line's amounts: `unit` times the quantity, less `discount`, is exactly what was paid for the line."""

    unit: Money
    discount: Money


def with_tax(price: int, quantity: int, discount: int, tax: int, currency: str) -> Priced:
    """A line's price per unit and its discount, both with tax.

    All arguments are minor units. The tax of a whole line need not be divisible by its units: the price per unit is rounded up,
    and the discount is larger by the difference.
    """
    paid = price * quantity - discount + tax
    unit = -(-(price * quantity + tax) // quantity)
    return Priced(
        unit=Money(minor=unit, currency=currency),
        discount=Money(minor=unit * quantity - paid, currency=currency),
    )


def spread(rest: int, weights: Sequence[int]) -> list[int]:
    """An amount of all lines together, divided in proportion to their weights without a remainder. `rest` is not negative."""
    # The division is the same in every currency; XXX is ISO's code for none.
    return [part.minor for part in Money(minor=rest, currency="XXX").allocate(list(weights))]
