"""What storefronts were told or refuse, as people see it, and another attempt for what was refused."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.model.storefront_update import StorefrontUpdate, UpdateKind
from services.paging import Page, PageRequest
from services.replays.replayer import ReplayAudit, Replayer, ReplayLine
from store.orders.storefront_updates import Status, StorefrontUpdates
from store.tables.all import StorefrontUpdateRow

__all__ = ["QueuedStorefrontUpdate", "Status", "StorefrontUpdateReplays"]


class QueuedStorefrontUpdate(Frozen):
    """One thing that an order's storefront is to show. All times are real."""

    id: int
    """Its number."""
    order: str
    """Our id of the order."""
    storefront: str
    """The storefront: `shopify` or `woocommerce`."""
    shop_order: str
    """The storefront's id of the order."""
    kind: UpdateKind
    """What happened."""
    subject: str
    """The return, or the payment's leg, that it is about."""
    status: Status
    """`queued`: it waits or is tried again. `dead`: the storefront refuses it."""
    reason: str
    """Why it waits, was refused, or had nothing to show."""
    reference: str
    """The storefront's id of what was made there; empty while nothing was."""
    attempts: int
    """How often it was tried."""
    queued_at: Instant
    """When it was written."""


@dataclass(frozen=True)
class StorefrontUpdateReplays:
    """The use cases of updates that people look after."""

    updates: StorefrontUpdates
    audit: ReplayAudit

    async def page(self, merchant: str, status: Status, page: PageRequest) -> Page[QueuedStorefrontUpdate]:
        """The oldest first. Raises BadCursor."""
        found = await self.updates.page(merchant, status, limit=page.limit, cursor=page.cursor)
        return Page([_queued(row) for row in found.items], found.next)

    async def replay_one(self, merchant: str, update: int, by: Replayer) -> bool:
        """Send a refused update again; false when the merchant has no such."""
        replayed = await self.updates.replay(merchant, update)
        if replayed:
            await self.audit.write(merchant, by, ReplayLine("storefront_update_replayed", str(update)))
        return replayed


def _queued(row: StorefrontUpdateRow) -> QueuedStorefrontUpdate:
    shared = {"id", "order", "storefront", "shop_order", "status", "reason", "reference", "attempts"}
    update = StorefrontUpdate.model_validate_json(row.body)
    return QueuedStorefrontUpdate.model_validate(
        {
            **row.model_dump(include=shared),
            "kind": update.kind,
            "subject": update.subject,
            "queued_at": row.created_at,
        }
    )
