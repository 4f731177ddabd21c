"""What customers want to be sent: their choices by channel and topic, and their replies by text message."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.notifications.preferences import TOPICS, ChannelPreference, PreferenceSource, is_allowed
from ports.web_push import PushDevices
from services.paging import PageRequest
from services.tokens import TokenSigner, UnsubscribeClaims
from store.merchants.clock import Clocks
from store.notifications.languages import CustomerLanguages
from store.notifications.preferences import Preferences
from store.privacy.vault import Vault

log = logging.getLogger(__name__)

_REPLIER = Actor(role=Role.CUSTOMER, name="reply")


class PreferenceSetting(Frozen):
    """Whether the customer wants messages about a topic by a channel."""

    channel: ChannelName
    """The channel."""
    topic: Topic
    """The topic."""
    allowed: bool
    """Whether the customer wants it."""


class PreferencesView(Frozen):
    """What applies for every channel and topic, and a page of the choices that were made."""

    preferences: tuple[PreferenceSetting, ...]
    """What applies now, one entry per channel and topic."""
    language: str | None
    """The language of letters and pages that the customer chose; null where the storefront's holds."""
    devices: int
    """How many browsers the customer registered for push messages."""
    history: tuple[ChannelPreference, ...]
    """The choices of this page, oldest first."""
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class CustomerChoices:
    """What a customer chose. `source`: how they said it; `at`: when, now unless given and past."""

    settings: Sequence[PreferenceSetting]
    source: PreferenceSource
    at: datetime | None = None


@dataclass(frozen=True)
class OptOutReply:
    """A reply by text message that changes what its sender is sent.

    phone: the sender's number, E.164.
    allowed: START, else STOP.
    at: business time at which it came; a choice that was made later stands.
    """

    merchant: str
    channel: ChannelName
    phone: str
    allowed: bool
    at: datetime


@dataclass(frozen=True)
class PreferenceService:
    """The use cases. `customer_id`: the merchant's own id of a customer."""

    preferences: Preferences
    languages: CustomerLanguages
    devices: PushDevices
    vault: Vault
    clocks: Clocks
    tokens: TokenSigner

    async def of(self, merchant: str, customer_id: str, page: PageRequest) -> PreferencesView:
        """Raises BadCursor."""
        return await self._view(merchant, self.vault.customer_of(merchant, customer_id), page)

    async def choose(
        self, merchant: str, actor: Actor, customer_id: str, choices: CustomerChoices
    ) -> PreferencesView:
        """Add choices; what is not named stays as it is, and no earlier choice is changed."""
        now = await self.clocks.business_now(merchant)
        at = min(choices.at or now, now)
        added = [
            ChannelPreference(**one.model_dump(), source=choices.source, at=at, by=author(actor))
            for one in choices.settings
        ]
        customer = self.vault.customer_of(merchant, customer_id)
        await self.preferences.record_choices(merchant, customer, added, actor)
        return await self._view(merchant, customer, PageRequest())

    async def _view(self, merchant: str, customer: str, page: PageRequest) -> PreferencesView:
        current = await self.preferences.current(merchant, customer)
        history = await self.preferences.history(merchant, customer, limit=page.limit, cursor=page.cursor)
        settings = tuple(
            PreferenceSetting(channel=channel, topic=topic, allowed=is_allowed(current, channel, topic))
            for channel in CHANNELS
            for topic in TOPICS
        )
        language = await self.languages.of(merchant, customer) or None
        return PreferencesView(
            preferences=settings,
            language=language,
            devices=len(await self.devices.of(merchant, customer)),
            history=tuple(history.items),
            next=history.next,
        )

    def unsubscribe_claims(self, token: str) -> UnsubscribeClaims | None:
        """What a mail's link switches off; None for a link that is not ours."""
        return self.tokens.verify_unsubscribe(token)

    async def unsubscribe(self, claims: UnsubscribeClaims) -> None:
        """Switch off what the link names; again changes nothing."""
        actor = Actor(role=Role.CUSTOMER, name="link")
        choice = ChannelPreference(
            channel=claims.channel,
            topic=claims.topic,
            allowed=False,
            source="unsubscribe_link",
            at=await self.clocks.business_now(claims.merchant),
            by=author(actor),
        )
        await self.preferences.record_choices(claims.merchant, claims.customer, [choice], actor)

    async def apply_reply(self, reply: OptOutReply) -> int:
        """Apply a STOP or START to all customers with that number; how many there are."""
        customers = await self._customers_with_phone(reply)
        if not customers:
            log.warning(
                "a reply by %s to %s is from a number that none of its customers has",
                reply.channel,
                reply.merchant,
            )
        for customer in customers:
            await self.preferences.record_choices(reply.merchant, customer, _reply_choices(reply), _REPLIER)
        return len(customers)

    async def count_by_phone(self, reply: OptOutReply) -> int:
        """How many customers have the number of that reply."""
        return len(await self._customers_with_phone(reply))

    async def _customers_with_phone(self, reply: OptOutReply) -> Sequence[str]:
        phone = self.vault.phone_pseudonym(reply.merchant, reply.phone)
        return await self.preferences.customers_with_phone(reply.merchant, phone)


def _reply_choices(reply: OptOutReply) -> list[ChannelPreference]:
    return [
        ChannelPreference(
            channel=reply.channel,
            topic=topic,
            allowed=reply.allowed,
            source="reply",
            at=reply.at,
            by=author(_REPLIER),
        )
        for topic in TOPICS
    ]


def author(actor: Actor) -> str:
    """Role and name, as a choice keeps who reported it."""
    return f"{actor.role}/{actor.name}".rstrip("/")
