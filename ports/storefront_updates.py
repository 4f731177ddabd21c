"""Port: a storefront shows what happened to an order here."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.base import Frozen
from domain.clock import Instant
from domain.model.storefront_update import StorefrontUpdate

IN_FLIGHT: Final = timedelta(minutes=2)
"""How long a call without an answer may still be under way."""


class ShopWrite(Frozen):
    """One update for one order of a storefront.

    order: the storefront's id of the order.
    pays: whether the storefront holds a payment of the order.
    sent_it: whether the order came from there; else its lines may have other ids there.
    key: unique over all orders; the storefront keeps it beside what is made, so that it is found again.
    leg_key: of an update about a payment, the key under which a provider knows it (`keys.provider_refund`).
    sent, sent_at: the last call for this update that changes something, and when it left, in real time; None before the first.
    """

    merchant: str
    order: str
    pays: bool
    sent_it: bool
    key: str
    leg_key: str = ""
    update: StorefrontUpdate
    sent: str = ""
    sent_at: Instant | None = None

    def may_be_under_way(self, what: str, now: datetime) -> bool:
        """Whether that call has no answer and may still be carried out: until then nothing proves that it was not."""
        return self.sent == what and self.sent_at is not None and now - self.sent_at < IN_FLIGHT


class Shown(Frozen):
    """The storefront shows it. reference: its id of what was made; reason: why there was nothing to make."""

    reference: str = ""
    reason: str = ""


class NotShown(Frozen):
    """The storefront refuses it, and will the next time too."""

    reason: str


BeforeSending = Callable[[str], Awaitable[None]]
"""Called with the name of a call that changes something, before it leaves."""


class StorefrontWriter(Protocol):
    """One kind of storefront."""

    @property
    def name(self) -> str:
        """The storefront's."""

    async def show(self, write: ShopWrite, sending: BeforeSending) -> Shown | NotShown:
        """Have the storefront show it once. What is there is looked up first.

        Raises OutcomeUnknown of `ports.payments` where it is to be tried again, AccountRefused where the keys are refused.
        """
