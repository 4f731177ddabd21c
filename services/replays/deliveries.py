"""Deliveries to us that could not be applied, as people see them, and another attempt for them."""

import asyncio
from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from services.paging import Page, PageRequest
from services.replays.replayer import ReplayAudit, Replayer, ReplayLine, ReplayOutcome
from store.inbox.inbox import REPLAYABLE, Inbox, Status
from store.inbox.replays import InboxFilter, InboxReplays
from store.tables.all import InboxRow

__all__ = ["DeliveryReplays", "InboxDelivery", "InboxFilter", "Status"]


class InboxDelivery(Frozen):
    """One delivery of a carrier, a storefront or a channel's provider, without its body. All times are real."""

    id: int
    """Its number in the inbox."""
    source: str
    """Where it came from."""
    topic: str
    """What the source calls its kind."""
    delivery: str
    """The source's own id of it."""
    status: Status
    """What became of it."""
    reason: str
    """What could not be read or applied, without any value."""
    size: int
    """Bytes of the body."""
    replayable: bool
    """Whether it ended, and its body is kept."""
    received_at: Instant
    """When it came."""


@dataclass(frozen=True)
class DeliveryReplays:
    """The use cases of deliveries that ended. `changed`: wakes the dispatcher of this process."""

    inbox: Inbox
    replays: InboxReplays
    audit: ReplayAudit
    changed: asyncio.Event

    async def page(self, merchant: str, wanted: InboxFilter, page: PageRequest) -> Page[InboxDelivery]:
        """The oldest first. Raises BadCursor."""
        found = await self.inbox.page(
            merchant, wanted.status, *wanted.conditions(), limit=page.limit, cursor=page.cursor
        )
        kept = await self.replays.kept([row.id for row in found.items if row.id is not None])
        return Page([_delivery(row, row.id in kept) for row in found.items], found.next)

    async def count(self, merchant: str, wanted: InboxFilter) -> int:
        """How many a replay with that filter would queue, if there were no limit."""
        return await self.replays.count(merchant, wanted)

    async def replay_one(self, merchant: str, delivery: int, by: Replayer) -> bool:
        """Apply a delivery again; false when the merchant has no such that ended and whose body is kept."""
        replayed = await self.inbox.replay(merchant, delivery)
        if replayed:
            self.changed.set()
            await self.audit.write(merchant, by, ReplayLine("delivery_replayed", str(delivery)))
        return replayed

    async def replay(self, merchant: str, wanted: InboxFilter, by: Replayer) -> ReplayOutcome:
        """The same for the oldest ones that the filter fits, a bounded number."""
        fitting = await self.count(
            merchant, wanted
        )  # before: what is queued may be dead again at once, and is no other
        queued = await self.replays.replay(merchant, wanted)
        self.changed.set()
        await self.audit.write(merchant, by, ReplayLine("deliveries_replayed", wanted.status, queued))
        return ReplayOutcome(queued, max(0, fitting - queued))


def _delivery(row: InboxRow, kept: bool) -> InboxDelivery:
    return InboxDelivery.model_validate(
        {
            **row.model_dump(include={"id", "source", "topic", "status", "reason", "size"}),
            "delivery": row.delivery_id,
            "replayable": row.status in REPLAYABLE and kept,
            "received_at": row.created_at,
        }
    )
