"""What a customer can choose on the page of an order: by which channel we write about what, and in which language."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from domain.actors import Actor, Role
from domain.branding import BrandLocale
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.notifications.preferences import TOPICS, ChannelPreference, is_allowed, latest_preference
from ports.channels import ChannelDirectory
from services.notifications.preferences import author
from services.order_reader import FoundOrder, OrderReader
from store.merchants.clock import Clocks
from store.notifications.languages import CustomerLanguages
from store.notifications.preferences import Preferences

_CUSTOMER: Final = Actor(role=Role.CUSTOMER, name="page")
_BY_PHONE: Final[tuple[ChannelName, ...]] = ("sms", "whatsapp")


@dataclass(frozen=True)
class OfferedChoice:
    """Something that the customer can allow or not. made: the choice that counts, if they made one."""

    channel: ChannelName
    topic: Topic
    allowed: bool
    made: ChannelPreference | None

    @property
    def name(self) -> str:
        """As forms send it."""
        return f"{self.channel}.{self.topic}"


@dataclass(frozen=True)
class OfferedChoices:
    """All that the customer can choose. channels: those by which the shop can reach them; language: of letters and pages."""

    channels: tuple[ChannelName, ...]
    choices: tuple[OfferedChoice, ...]
    language: str

    def of(self, topic: Topic) -> Sequence[OfferedChoice]:
        """The choices of a topic."""
        return [one for one in self.choices if one.topic == topic]


@dataclass(frozen=True)
class SentChoices:
    """A form that was sent. shown: what was allowed when the form was made; allowed: what is to be allowed."""

    shown: Collection[str]
    allowed: Collection[str]
    language: BrandLocale | None


@dataclass(frozen=True)
class ChoicePages:
    """Reads and takes choices by the link of an order. They hold for all of the customer's orders at that shop."""

    orders: OrderReader
    preferences: Preferences
    languages: CustomerLanguages
    channels: ChannelDirectory
    clocks: Clocks

    async def of(self, order: FoundOrder) -> OfferedChoices:
        """What the customer may choose, and what is chosen now."""
        customer = (await self.orders.state(order)).state.order.customer
        found = await self.channels.for_merchant(order.merchant)
        offered = [name for name in CHANNELS if name in found and (customer.phone or name not in _BY_PHONE)]
        current = await self.preferences.current(order.merchant, order.customer)
        choices = tuple(
            OfferedChoice(
                channel,
                topic,
                is_allowed(current, channel, topic),
                latest_preference(current, channel, topic),
            )
            for topic in TOPICS
            for channel in offered
        )
        chosen = await self.languages.of(order.merchant, order.customer)
        return OfferedChoices(tuple(offered), choices, chosen or customer.locale)

    async def choose(self, order: FoundOrder, sent: SentChoices) -> None:
        """Keep what the customer changed on the form. What they left as it was shown stays as it is now.

        So a form that was opened before a link to unsubscribe was used does not undo that.
        """
        now = await self.clocks.business_now(order.merchant)
        changed = [
            ChannelPreference(
                channel=one.channel,
                topic=one.topic,
                allowed=one.name in sent.allowed,
                source="preference_page",
                at=now,
                by=author(_CUSTOMER),
            )
            for one in (await self.of(order)).choices
            if (one.name in sent.allowed) != (one.name in sent.shown)
        ]
        if changed:
            await self.preferences.record_choices(order.merchant, order.customer, changed, _CUSTOMER)
        if sent.language is not None:
            await self.languages.choose(order.merchant, order.customer, sent.language, now)
