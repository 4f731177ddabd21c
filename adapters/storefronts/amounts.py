"""Amounts of storefronts: decimal text, never a float, exact in the currency's smallest unit."""

import re
from decimal import Decimal

import iso4217

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
