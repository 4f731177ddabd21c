"""Port: the shop's stock. Goods are reserved by key for a time, taken out to be sent, or given back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from domain.model.exchange import ExchangeGoods
from domain.model.exchange_quote import StockedArticle


class ShopUnavailable(Exception):
    """The shop gave no clear answer: the call may have had its effect. The text says why, in one word."""


class NoShopSystem(Exception):
    """The merchant has no system for this."""


@dataclass(frozen=True)
class ShopSystem:
    """Where a merchant's own systems are called. secret: signs each call."""

    url: str
    secret: str = field(repr=False)


class ShopSystems(Protocol):
    """The merchants' own systems."""

    async def system(self, merchant: str) -> ShopSystem | None:
        """Where that merchant's are called; None where it has none."""


@dataclass(frozen=True)
class WantedArticle:
    """An article that a customer wants for another one. line_id, sku_back: what comes back for it."""

    sku: str
    quantity: int
    line_id: str
    sku_back: str


@dataclass(frozen=True)
class ExchangeOrder:
    """The order and the return that a call is about. now: business time."""

    merchant: str
    order: str
    order_id: str
    return_id: str
    number: str
    now: datetime


@dataclass(frozen=True)
class Reservation:
    """`reserved`: kept until `until`. `out_of_stock`, `unknown_product`: nothing is kept."""

    outcome: Literal["reserved", "out_of_stock", "unknown_product"]
    until: datetime | None = None


class Stock(Protocol):
    """Every call with the same key is the same call: its effect happens once, and its answer is the same.

    All raise ShopUnavailable, and NoShopSystem for a merchant without one.
    """

    async def connected(self, merchant: str) -> bool:
        """Whether the merchant has a stock system."""

    async def articles(
        self, merchant: str, order_id: str, currency: str, wanted: Sequence[WantedArticle]
    ) -> Sequence[StockedArticle]:
        """What these articles are called, what they cost and how many there are; unknown ones are left out. Nothing is kept."""

    async def reserve(
        self, order: ExchangeOrder, key: str, goods: Sequence[ExchangeGoods], until: datetime
    ) -> Reservation:
        """Keep the goods under that key, all of them or none, until that time or sooner."""

    async def confirm(
        self, order: ExchangeOrder, key: str, reservation: str, goods: Sequence[ExchangeGoods]
    ) -> bool:
        """Take goods of the reservation out of the stock to be sent; False when it has ended."""

    async def release(self, order: ExchangeOrder, key: str, reservation: str, confirmation: str = "") -> None:
        """Give back what of the reservation was not taken out, or what a confirmation took out."""
