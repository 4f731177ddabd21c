"""What a provider's webhooks about disputes did not bring: its list of messages goes into the inbox, each once."""

import logging
from dataclasses import dataclass
from datetime import datetime

from domain import keys
from ports.inbound_webhooks import InvalidPayload
from ports.payments import DisputeMessages, PaymentEventSource
from store.inbox.inbox import InboundDelivery, Inbox
from store.merchants.clock import Clocks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MissedDisputes:
    """Asks one provider for one merchant. `source`: reads its messages."""

    messages: DisputeMessages
    source: PaymentEventSource
    inbox: Inbox
    clocks: Clocks

    async def run(self, merchant: str, since: datetime) -> int:
        """Keep the messages since then as deliveries; how many of them no webhook had brought. Raises OutcomeUnknown."""
        now, new = await self.clocks.business_now(merchant), 0
        async for body in self.messages.dispute_messages(merchant, since):
            try:
                name = self.source.read(body).delivery
            except InvalidPayload as problem:
                log.warning("a message of %s to %s cannot be read: %s", self.source.name, merchant, problem)
                continue
            delivery = InboundDelivery(merchant, keys.payment_source(self.source.name), name, body, now)
            new += await self.inbox.accept(delivery) == "new"
        if new:
            log.warning(
                "%d messages of %s about disputes of %s came by no webhook", new, self.source.name, merchant
            )
        return new
