"""Amounts in Stripe's units: mostly the minor units of ISO 4217, with some exceptions.

Source: docs.stripe.com/currencies.
"""

from typing import Final

import iso4217

from domain.money import Money

_ZERO_DECIMALS: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_STEPS: Final = {**dict.fromkeys(_THREE_DECIMALS, 10), "ISK": 100, "UGX": 100}
"""Amounts must be a multiple of this: the last of three decimals is 0, and ISK and UGX have whole units only."""


class NotRepresentable(ValueError):
    """Stripe cannot pay exactly this amount, or does not know the currency."""


def to_stripe(amount: Money) -> int:
    """The amount in Stripe's units; never rounded. Raises NotRepresentable."""
    factor: int = 10 ** _decimals(amount.currency)
    divisor: int = 10 ** _iso_decimals(amount.currency)
    units, rest = divmod(amount.minor * factor, divisor)
    if rest or units % _STEPS.get(amount.currency, 1):
        raise NotRepresentable(f"not an amount that can be paid in {amount.currency}")
    return units


def from_stripe(units: int, currency: str) -> Money:
    """The amount that Stripe states; `currency` in its lower case. Raises NotRepresentable."""
    code = currency.upper()
    minor, rest = divmod(units * 10 ** _iso_decimals(code), 10 ** _decimals(code))
    if rest:
        raise NotRepresentable(f"{code} has no such minor unit")
    try:
        return Money(minor=minor, currency=code)
    except ValueError:
        raise NotRepresentable("not an amount") from None


def _decimals(code: str) -> int:
    if code in _ZERO_DECIMALS:
        return 0
    return 3 if code in _THREE_DECIMALS else 2


def _iso_decimals(code: str) -> int:
    """Decimals by ISO 4217. Raises NotRepresentable where Stripe's default of two would be a guess."""
    try:
        exponent: int | None = iso4217.Currency(code).exponent
    except ValueError:
        exponent = None
    if exponent is None or (exponent != 2 and code not in _ZERO_DECIMALS and code not in _STEPS):
        raise NotRepresentable(f"Stripe is not known to pay in {code}")
    return exponent
