"""The inbox: verified deliveries are kept before they are answered, and applied afterwards."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from domain.actors import Actor
from services.metrics import DELIVERIES
from store.inbox.inbox import Ending, InboundDelivery, Inbox

__all__ = ["Ending", "InboundDelivery", "InboxService"]


@dataclass(frozen=True)
class InboxService:
    """Keeps deliveries. `changed`: wakes the dispatcher of this process."""

    inbox: Inbox
    changed: asyncio.Event

    async def accept(
        self, delivery: InboundDelivery, ending: Ending | None = None
    ) -> Literal["new", "duplicate"]:
        """Keep a verified delivery durably and wake the dispatcher; see `Inbox.accept`."""
        outcome = await self.inbox.accept(delivery, ending)
        what = "duplicate" if outcome == "duplicate" else ending.status if ending else "accepted"
        DELIVERIES.labels(delivery.source, what).inc()
        if ending is None:
            self.changed.set()
        return outcome

    async def is_duplicate(self, delivery: InboundDelivery) -> bool:
        """Whether a delivery of that id was received before."""
        return await self.inbox.is_duplicate(delivery.merchant, delivery.source, delivery.delivery_id)

    async def dismiss_unknown_parcel(
        self, merchant: str, tracking_number: str, actor: Actor, reason: str
    ) -> int | None:
        """A person says that a number is none of the merchant's: how many deliveries are dead for it; None without an item."""
        return await self.inbox.dismiss_unknown_parcel(merchant, tracking_number, actor, reason)
