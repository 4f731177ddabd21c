"""Amounts in a policy: whole minor units per currency, as `{GBP: 50000, JPY: 100000}` (ADR 17)."""

from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

import iso4217
from pydantic import BeforeValidator, Field

from domain.money import CURRENCIES

MAX_AMOUNT = 10**12  # minor units
BARE = ""  # the key of an amount that was written as a bare number, until it has its policy's currency

# What a pound was about worth in November 2026: for the defaults only, which are rounded down to two digits.
_WORTH_OF_A_POUND = {
    "GBP": 1, "EUR": 1.15, "USD": 1.33, "CHF": 1.07, "SEK": 12.6, "NOK": 13.4, "DKK": 8.6, "PLN": 4.9, "CZK": 28,
    "HUF": 445, "RON": 5.85, "ISK": 165, "TRY": 56, "UAH": 56, "CAD": 1.85, "AUD": 2.03, "NZD": 2.3, "JPY": 205,
    "KRW": 1930, "CNY": 9.5, "HKD": 10.4, "TWD": 41, "SGD": 1.73, "MYR": 5.5, "THB": 43, "IDR": 22000, "VND": 35000,
    "PHP": 78, "INR": 119, "AED": 4.9, "SAR": 5, "QAR": 4.85, "KWD": 0.41, "BHD": 0.5, "OMR": 0.51, "JOD": 0.94,
    "ILS": 4.3, "EGP": 63, "ZAR": 23, "KES": 172, "MXN": 24.5, "BRL": 7.2, "CLP": 1260, "COP": 5100,
}  # fmt: skip


def default_amounts(pounds: int) -> dict[str, int]:
    """About so many pounds in the currencies of the table, each in its own minor units."""
    return {code: _round(pounds * worth * 10 ** _digits(code)) for code, worth in _WORTH_OF_A_POUND.items()}


def _digits(currency: str) -> int:
    return iso4217.Currency(currency).exponent or 0


def in_full(currency: str, minor: int) -> str:
    """The amount in major units, as `KWD 200.000`."""
    return f"{currency} {Decimal(minor).scaleb(-_digits(currency)):f}"


def _round(minor: float) -> int:
    place = 10 ** max(0, len(str(int(minor))) - 2)
    return int(minor // place * place)


def _checked(amounts: Any) -> Any:
    """Say what is wrong in the words of a policy document, before the types are checked."""
    if not isinstance(amounts, dict):
        return {BARE: _minor(amounts)} if isinstance(amounts, int | float | str) else amounts
    for code, minor in amounts.items():
        if code not in CURRENCIES and code != BARE:
            raise ValueError(f"unknown currency {code!r}{_meant(str(code))}")
        _minor(minor, f"{code}: ")
    return amounts


def _minor(minor: Any, currency: str = "") -> int:
    if type(minor) is not int or not 0 <= minor <= MAX_AMOUNT:
        units = "a whole number of minor units (pence, cents; yen and won have none)"
        raise ValueError(f"{currency}{minor!r} is not {units} from 0 to {MAX_AMOUNT}")
    return minor


def _meant(code: str) -> str:
    close = [code.upper()] if code.upper() in CURRENCIES else get_close_matches(code.upper(), CURRENCIES, 3)
    return f"; did you mean {' or '.join(sorted(close))}?" if close else ""


Amounts = Annotated[
    dict[str, Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT)]], BeforeValidator(_checked)
]
"""An amount in each currency that has a row. A currency without a row has no amount: nothing is converted."""


def give_currency(amounts: dict[str, dict[str, int] | None], currency: str | None) -> None:
    """Give the policy's currency to the amounts that are bare numbers. `amounts`: by the name of their setting.

    Raises ValueError if the policy has none.
    """
    for setting, rows in amounts.items():
        if rows is None or BARE not in rows:
            continue
        minor = rows.pop(BARE)
        if currency is None:
            rule = f"write it as {{GBP: {minor}}}, or name the policy's `currency`"
            raise ValueError(f"{setting}: {minor} has no currency: {rule}")
        rows[currency] = minor


def only(amounts: dict[str, int], currency: str) -> dict[str, int]:
    """The row of that currency; empty if there is none."""
    return {code: minor for code, minor in amounts.items() if code == currency}
