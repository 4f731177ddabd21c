"""What a storefront's webhooks did not bring: its changed orders go into the inbox, and webhooks that are off are switched on."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import keys
from domain.actors import Actor, Role
from ports.storefronts import StorefrontPoll
from store.audit import AuditLine, AuditLog
from store.inbox.inbox import InboundDelivery, Inbox
from store.merchants.clock import Clocks

log = logging.getLogger(__name__)

WEBHOOK_PATH: Final = "/v1/webhooks/storefronts/{storefront}/{merchant}"


@dataclass(frozen=True)
class StorefrontPolling:
    """Polls one storefront for one merchant."""

    poll: StorefrontPoll
    inbox: Inbox
    clocks: Clocks
    audit: AuditLog

    async def run(self, merchant: str, since: datetime) -> int:
        """Keep the orders that changed since then, as deliveries; how many of them were new. Raises OutcomeUnknown.

        An order that is as it was at the last poll is the same delivery. One that a webhook brought too has no second effect.
        """
        await self._switch_on(merchant)
        now, new = await self.clocks.business_now(merchant), 0
        async for order in self.poll.changed_orders(merchant, since):
            name = keys.storefront_delivery("poll", order.topic, keys.content(order.body))
            delivery = InboundDelivery(merchant, self.poll.name, name, order.body, now, order.topic)
            new += await self.inbox.accept(delivery) == "new"
        return new

    async def _switch_on(self, merchant: str) -> None:
        """Webhooks that were off are on again, and the audit log and the log of the deployment have it."""
        topics = await self.poll.switch_on(
            merchant, WEBHOOK_PATH.format(storefront=self.poll.name, merchant=merchant)
        )
        if not topics:
            return
        log.warning("%s had switched off webhooks of %s: %s", self.poll.name, merchant, ", ".join(topics))
        actor = Actor(role=Role.STOREFRONT, name=self.poll.name)
        at = await self.clocks.business_now(merchant)
        details: dict[str, str | int] = {"topics": ",".join(topics)[:200]}
        await self.audit.write(merchant, AuditLine(actor, "webhooks_switched_on", at, details=details))
