"""Amounts as Shopify writes and converts them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_DIGITS = {
    "JPY": 0,
    "KRW": 0,
    "ISK": 0,
    "CLP": 0,
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "TND": 3,
    "JOD": 3,
}  # else two


def exact(amount: object) -> Decimal | None:
    """The amount that a text states; None where it states none."""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def written(amount: Decimal) -> str:
    """Without trailing zeros, but with one decimal: `15.0`, `7.1`, `12.77`."""
    text = f"{amount.normalize():f}"
    return text if "." in text else f"{text}.0"


def rounded(amount: Decimal, currency: str) -> Decimal:
    """In whole minor units of the currency."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """A MoneyV2."""
    return {"amount": written(amount), "currencyCode": currency}


class Rate:
    """An order's two currencies and the rate between them, fixed when it was placed.

    `rate`: units of the shop's currency for one unit of the buyer's.
    """

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.shop, self.buyer = str(order["currencyCode"]), str(order["presentmentCurrencyCode"])
        self._rate = Decimal(order["rate"])

    def to_shop(self, buyer: Decimal) -> Decimal:
        """The buyer's amount in the shop's currency."""
        return rounded(buyer * self._rate, self.shop)

    def bag(self, buyer: Decimal) -> dict[str, dict[str, str]]:
        """A MoneyBag of the buyer's amount."""
        return self.pair(self.to_shop(buyer), buyer)

    def pair(self, shop: Decimal, buyer: Decimal) -> dict[str, dict[str, str]]:
        """A MoneyBag of both amounts."""
        return {"shopMoney": money(shop, self.shop), "presentmentMoney": money(buyer, self.buyer)}
