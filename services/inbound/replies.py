"""Replies of customers to text messages: STOP and START are applied at once, all else changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain import keys
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.notifications.preferences import opt_out_reply
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.replies import ReplySource
from services.clock import real_now
from services.inbound.outcomes import DeliveryDone, DeliveryIgnored, Outcome
from services.inbound.signature import DUMMY_SECRET
from services.inbox import InboxService
from services.notifications.channel_settings import ChannelSettings
from services.notifications.preferences import OptOutReply, PreferenceService
from store.inbox.inbox import Ending, InboundDelivery
from store.merchants.clock import Clocks

_OTHER_TEXT = "neither STOP nor START"


@dataclass(frozen=True)
class ReplyResult:
    """`recognized`: it was STOP or START. `customers`: how many have that number."""

    recognized: bool
    customers: int = 0


@dataclass(frozen=True)
class ReplyHandler:
    """Applies the deliveries of one channel's provider, twice with the effect of once."""

    channel: ChannelName
    source: ReplySource
    preferences: PreferenceService

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """Apply a reply that was kept because it could not be read."""
        reply = self.opt_out(delivery)
        if reply is None:
            return DeliveryIgnored(_OTHER_TEXT, followed=False)
        await self.preferences.apply_reply(reply)
        return DeliveryDone()

    def opt_out(self, delivery: InboundDelivery) -> OptOutReply | None:
        """What the reply changes; None for nothing. Raises InvalidPayload."""
        read = self.source.read(delivery.body)
        allowed = opt_out_reply(read.text) if read is not None else None
        if read is None or allowed is None:
            return None
        at = delivery.business_received_at
        return OptOutReply(
            merchant=delivery.merchant, channel=self.channel, phone=read.phone, allowed=allowed, at=at
        )


@dataclass(frozen=True)
class ReplyService:
    """The use cases of the webhook of replies."""

    source: ReplySource
    channels: ChannelSettings
    preferences: PreferenceService
    inbox: InboxService
    clocks: Clocks

    def handlers(self) -> Mapping[str, ReplyHandler]:
        """For the dispatcher, by source."""
        return {
            keys.channel_source(name): ReplyHandler(name, self.source, self.preferences) for name in CHANNELS
        }

    async def verified(
        self, merchant: str, channel: str, headers: Mapping[str, str], body: bytes
    ) -> InboundDelivery:
        """The delivery, if the channel's secret signed these bytes. Raises InvalidSignature.

        A random secret is tried for unknown merchants and channels, so that they look like wrong signatures.
        """
        found = await self.channels.reply_secret(merchant, channel)
        name, secret = found or (None, DUMMY_SECRET)
        delivery_id = self.source.verify(headers, body, [secret], real_now())
        if name is None:
            raise InvalidSignature("no such channel")
        now = await self.clocks.business_now(merchant)
        return InboundDelivery(merchant, keys.channel_source(name), delivery_id, body, now)

    async def receive(self, delivery: InboundDelivery) -> ReplyResult:
        """Apply a verified reply and keep its id; one that cannot be read is kept whole, as dead.

        It is kept after it was applied, so that one whose processing a crash cut off is applied when the provider repeats it.
        """
        try:
            reply = self.handlers()[delivery.source].opt_out(delivery)
        except InvalidPayload as problem:
            await self.inbox.accept(delivery, Ending("dead", str(problem)))
            return ReplyResult(recognized=False)
        if reply is None:
            await self.inbox.accept(delivery, Ending("ignored", _OTHER_TEXT))
            return ReplyResult(recognized=False)
        if await self.inbox.is_duplicate(delivery):
            return ReplyResult(recognized=True, customers=await self.preferences.count_by_phone(reply))
        customers = await self.preferences.apply_reply(reply)
        await self.inbox.accept(delivery, Ending("done"))
        return ReplyResult(recognized=True, customers=customers)
