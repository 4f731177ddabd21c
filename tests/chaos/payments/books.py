"""What a provider's stand-in has in its own books of one payment, and the stand-ins as the programme uses them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from domain.money import Money
from tests.scenarios.shop import Shop

Provider = Literal["stripe", "shopify", "woocommerce"]
PROVIDERS: tuple[Provider, ...] = ("stripe", "shopify", "woocommerce")


@dataclass(frozen=True)
class BookedRefund:
    """A refund in the stand-in's books. key: ours, empty for one that staff made. alive: it has paid or will pay."""

    key: str
    minor: int
    alive: bool


@dataclass
class Account:
    """A merchant's account at a stand-in. currency: of its shop, where it has one."""

    shop: Shop
    name: str
    secret: str
    currency: str


@dataclass
class Payment:
    """A captured payment there.

    id: as a tender names it. about: what stands in every request about it. more: what else the stand-in calls it.
    """

    account: Account
    amount: Money
    id: str
    about: str
    more: dict[str, Any] = field(default_factory=dict)


class StandIn(Protocol):
    """One provider's stand-in, a process of its own. Every method is a request to it."""

    @property
    def name(self) -> Provider:
        """The provider's."""

    async def open(self, folder: Path) -> None:
        """Start it."""

    async def close(self) -> None:
        """End it."""

    async def connect(self, shop: Shop, currency: str, events: str) -> Account:
        """An account there, whose keys the merchant has. events: when webhooks are sent."""

    async def set_keys(self, account: Account, works: bool) -> None:
        """Let the provider accept the account's keys, or refuse them."""

    async def take(self, account: Account, amount: Money, plan: str) -> Payment:
        """A shopper pays. plan: what becomes of the payment's refunds, or what is wrong with the payment."""

    async def arm(self, payment: Payment, fault: str, seed: int) -> None:
        """Let requests about the payment fail that way."""

    async def disarm(self, payment: Payment) -> None:
        """Let them succeed again."""

    async def refund_by_staff(self, payment: Payment, minor: int) -> None:
        """A refund made there by hand."""

    async def dispute(self, payment: Payment) -> None:
        """The shopper's bank takes the payment back."""

    async def finish(self, payment: Payment, *, fails: bool) -> None:
        """What is pending there is paid, or fails; what was paid comes back."""

    async def pass_time(self, span: timedelta) -> None:
        """Move its clock."""

    async def refunds(self, payment: Payment) -> Sequence[BookedRefund]:
        """Its own records of the payment's refunds."""
