"""Browsers that take push messages: a customer registers them from an order's page, with consent, and ends them there."""

from dataclasses import dataclass
from typing import Final, Protocol, get_args

from pydantic import ValidationError

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.model.notice_kinds import Topic
from domain.notifications.preferences import ChannelPreference
from ports.web_push import PushDevice, PushTransport
from services.notifications.preferences import author
from services.order_reader import FoundOrder, OrderReader
from store.merchants.clock import Clocks
from store.merchants.policies import Policies
from store.notifications.preferences import Preferences
from store.notifications.push_devices import StoredPushDevices
from store.privacy.vault import ERASED, Vault

_CUSTOMER: Final = Actor(role=Role.CUSTOMER, name="link")
_TOPICS: Final[tuple[Topic, ...]] = tuple(topic for topic in get_args(Topic) if topic != "feedback")


class DeviceRejected(Exception):
    """What a browser sent is no registration with a push service that we may call. `reason`: why, in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PushOffer(Frozen):
    """That a shop sends push messages."""

    key: str
    """With which browsers register: the deployment's public key, in base64url."""
    devices: int
    """How many browsers of the customer are registered."""


class PushKeys(Protocol):
    """Which merchants send push messages."""

    async def push_key(self, merchant: str) -> str:
        """The key with which browsers register for that merchant's messages; empty where it sends none."""


@dataclass(frozen=True)
class PushRegistrations:
    """The use cases. Each is about the customer of the order whose page is open."""

    orders: OrderReader
    devices: StoredPushDevices
    keys: PushKeys
    transport: PushTransport
    preferences: Preferences
    policies: Policies
    clocks: Clocks
    vault: Vault

    async def offer(self, order: FoundOrder) -> PushOffer | None:
        """None where the shop sends none before e-mail, or its customer is erased."""
        key = await self.keys.push_key(order.merchant)
        if not key:
            return None
        policy = (await self.policies.in_force(order.merchant)).policy.notices
        if not policy.prefers("push") or await self._is_erased(order):
            return None
        return PushOffer(key=key, devices=len(await self.devices.of(order.merchant, order.customer)))

    async def register(
        self, order: FoundOrder, subscription: dict[str, str], actor: Actor = _CUSTOMER
    ) -> None:
        """Send to that browser from now on: its customer agrees to it. Raises DeviceRejected.

        subscription: `endpoint`, `p256dh` and `auth`, as a browser has them.
        """
        try:
            device = PushDevice(**subscription)
        except ValidationError:
            raise DeviceRejected("unreadable") from None
        reason = await self.transport.rejection_reason(device.endpoint)
        if reason is not None:
            raise DeviceRejected(reason)
        await self.devices.add(order.merchant, order.customer, device)
        await self._choose(order, actor, allowed=True)

    async def end(self, order: FoundOrder, actor: Actor = _CUSTOMER) -> None:
        """Send to none of the customer's devices any more; again changes nothing."""
        if await self.devices.remove_all(order.merchant, order.customer):
            await self._choose(order, actor, allowed=False)

    async def _choose(self, order: FoundOrder, actor: Actor, *, allowed: bool) -> None:
        at = await self.clocks.business_now(order.merchant)
        choices = [
            ChannelPreference(
                channel="push",
                topic=topic,
                allowed=allowed,
                source="preference_page",
                at=at,
                by=author(actor),
            )
            for topic in _TOPICS
        ]
        await self.preferences.record_choices(order.merchant, order.customer, choices, actor)

    async def _is_erased(self, order: FoundOrder) -> bool:
        customer = (await self.orders.state(order)).state.order.customer
        return await self.vault.open(customer.name) == ERASED
