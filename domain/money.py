"""Money: integer minor units and an ISO 4217 code. A split loses nothing and never pays more than was taken."""

from collections.abc import Sequence
from typing import Annotated

import iso4217
from pydantic import AfterValidator, Field

from domain.base import Frozen

MAX_MINOR = 10**15  # of one amount, also of a sum
BASIS = 10_000  # rates are basis points: 1000 is 10 %


def _known(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"unknown currency {code!r}")
    return code


CURRENCIES = frozenset(c.code for c in iso4217.Currency)
Currency = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": sorted(CURRENCIES)})]


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were combined: a defect or a bad request. Nothing is ever converted."""


class Money(Frozen):
    """An amount of one currency."""

    minor: Annotated[int, Field(strict=True, ge=-MAX_MINOR, le=MAX_MINOR)]
    """Minor units: cents, yen, fils."""
    currency: Currency
    """ISO 4217."""

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} met {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(minor=self.minor - other.minor, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def rate(self, basis_points: int) -> "Money":
        """That share of the amount, rounded half up (in the customer's favour for a bonus)."""
        return Money(minor=(self.minor * basis_points + BASIS // 2) // BASIS, currency=self.currency)

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to the weights. They sum to exactly this amount (largest remainder, earliest first).

        Weights that are all zero give equal parts.
        Raises ValueError for no weights, a negative weight or a negative amount.
        """
        if not weights or min(weights) < 0 or self.minor < 0:
            raise ValueError("allocate wants a non-negative amount and at least one non-negative weight")
        shares = list(weights) if any(weights) else [1] * len(weights)
        total = sum(shares)
        floors = [self.minor * w // total for w in shares]
        by_remainder = sorted(range(len(shares)), key=lambda i: (-(self.minor * shares[i] % total), i))
        for i in by_remainder[: self.minor - sum(floors)]:
            floors[i] += 1
        return [Money(minor=m, currency=self.currency) for m in floors]


def zero(currency: str) -> Money:
    """The amount zero in that currency."""
    return Money(minor=0, currency=currency)


def total(amounts: Sequence[Money], currency: str) -> Money:
    """The sum of the amounts; zero in that currency for an empty list."""
    result = zero(currency)
    for amount in amounts:
        result = result + amount
    return result
