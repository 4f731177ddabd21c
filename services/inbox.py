"""The inbox as people see it: deliveries that could not be applied, and another try for them."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from services.metrics import DELIVERIES
from services.paging import Page, PageRequest
from store.inbox.inbox import Ending, InboundDelivery, Inbox, Status
from store.tables.all import InboxRow

__all__ = ["Ending", "InboundDelivery", "InboxDelivery", "InboxService", "Status"]


class InboxDelivery(Frozen):
    """One delivery of a carrier or storefront, without its body. All times are real."""

    id: int
    source: str
    topic: str
    delivery: str
    status: Status
    reason: str
    received_at: Instant


@dataclass(frozen=True)
class InboxService:
    """The use cases of the inbox. `changed`: wakes the dispatcher of this process."""

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

    async def page(self, merchant: str, status: Status, page: PageRequest) -> Page[InboxDelivery]:
        """Deliveries of that status, the oldest first. Raises BadCursor."""
        found = await self.inbox.page(merchant, status, limit=page.limit, cursor=page.cursor)
        return Page([_delivery(row) for row in found.items], found.next)

    async def replay(self, merchant: str, delivery: int) -> bool:
        """Apply a dead delivery again; false when the merchant has no such delivery."""
        replayed = await self.inbox.replay(merchant, delivery)
        if replayed:
            self.changed.set()
        return replayed

    async def dismiss_unknown_parcel(
        self, merchant: str, tracking_number: str, actor: Actor, reason: str
    ) -> int | None:
        """A person says that a number is none of the merchant's: how many deliveries are dead for it; None without an item."""
        return await self.inbox.dismiss_unknown_parcel(merchant, tracking_number, actor, reason)


def _delivery(row: InboxRow) -> InboxDelivery:
    return InboxDelivery.model_validate(
        {
            "id": row.id,
            "source": row.source,
            "topic": row.topic,
            "delivery": row.delivery_id,
            "status": row.status,
            "reason": row.reason,
            "received_at": row.created_at,
        }
    )
