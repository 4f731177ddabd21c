"""Amounts as WooCommerce writes them: decimal text in the shop's own number of decimals, whatever the currency."""

import re
from decimal import Decimal

import iso4217

from domain.money import Money

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


class UnreadableAmount(ValueError):
    """The text is no decimal amount, is finer than the currency's smallest unit, or the currency is unknown."""


def from_text(text: str, currency: str) -> Money:
    """The amount: "12.50" EUR is 1250 cents, "1500.00" JPY is 1500 yen. Raises UnreadableAmount."""
    if not _DECIMAL.fullmatch(text):
        raise UnreadableAmount("not a decimal amount")
    scaled = Decimal(text).scaleb(_digits(currency))
    if scaled != scaled.to_integral_value():
        raise UnreadableAmount(f"finer than {currency} is divided")
    return Money(minor=int(scaled), currency=currency)


def to_text(amount: Money) -> str:
    """The amount with all decimals of its currency: 1250 cents are "12.50". Raises UnreadableAmount."""
    digits = _digits(amount.currency)
    return f"{Decimal(amount.minor).scaleb(-digits):.{digits}f}"


def fits(amount: Money, example: str) -> bool:
    """Whether the shop can write the amount exactly, in as many decimals as that example has. Raises UnreadableAmount."""
    decimals = len(example.partition(".")[2])
    exact = Decimal(to_text(amount))
    return exact == round(exact, decimals)


def _digits(currency: str) -> int:
    try:
        return iso4217.Currency(currency).exponent or 0
    except ValueError:
        raise UnreadableAmount("unknown currency") from None
