"""Amounts as decimal text, exact in the currency's smallest unit, and never a float."""

import re
from decimal import Decimal

import iso4217

from domain.money import Money

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


class AmountNotExact(ValueError):
    """The text is no decimal amount, is finer than the currency's smallest unit, or the currency is unknown."""


def digits_of(currency: str) -> int:
    """How many decimals the currency has. Raises AmountNotExact."""
    try:
        return iso4217.Currency(currency).exponent or 0
    except ValueError:
        raise AmountNotExact("unknown currency") from None


def from_decimal(text: str, currency: str) -> Money:
    """The amount: "12.5" USD is 1250 cents. Raises AmountNotExact."""
    if not _DECIMAL.fullmatch(text):
        raise AmountNotExact("not a decimal amount")
    scaled = Decimal(text).scaleb(digits_of(currency))
    if scaled != scaled.to_integral_value():
        raise AmountNotExact(f"finer than {currency} is divided")
    return Money(minor=int(scaled), currency=currency)


def to_decimal(amount: Money) -> str:
    """The amount with all its decimals: 1250 cents are "12.50"."""
    digits = digits_of(amount.currency)
    return f"{Decimal(amount.minor).scaleb(-digits):.{digits}f}"
