"""A merchant's open questions and figures, over all orders."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from services.paging import Page, PageRequest
from store.engine.database import Database
from store.merchants.clock import Clocks
from store.orders import reports
from store.orders.attention import AttentionList
from store.orders.reports import Summary
from store.tables.all import AttentionRow

__all__ = ["AttentionItemView", "ReportService", "Summary"]


class AttentionItemView(Frozen):
    """An open question to a person: until when they may answer, and what happens by itself then."""

    order: str | None
    """Our id of the order; null where it is about a parcel that no order has, or about a payment."""
    order_id: str | None
    """The shop's own order id; null where `order` is."""
    kind: AttentionKind
    """What is asked."""
    subject: str
    """The return, parcel, leg or order that it is about."""
    owner: Owner
    """The role that decides."""
    opened_at: Instant
    """Since when it is open."""
    deadline: Instant
    """Until when it may be decided."""
    default: AttentionDefault
    """What happens by itself at the deadline."""
    tracking_number: str | None = None
    """The number of a parcel that no order has, as its carrier writes it."""
    carrier: str | None = None
    """The carrier of such a parcel."""


@dataclass(frozen=True)
class ReportService:
    """Reads over all orders of one merchant."""

    db: Database
    attention: AttentionList
    clocks: Clocks

    async def open_questions(
        self,
        merchant: str,
        page: PageRequest,
        owner: Owner | None = None,
        kind: AttentionKind | None = None,
    ) -> Page[AttentionItemView]:
        """The most urgent first. `owner`, `kind`: only those that wait for that owner, or of that kind. Raises BadCursor."""
        now = await self.clocks.business_now(merchant)
        wanted = {name: value for name, value in (("owner", owner), ("kind", kind)) if value}
        found = await self.attention.page(merchant, now, limit=page.limit, cursor=page.cursor, wanted=wanted)
        names = await self.attention.order_ids(merchant, {row.order for row in found.items})
        return Page([_item(row, names.get(row.order)) for row in found.items], found.next)

    async def summary(self, merchant: str) -> Summary:
        """Orders by stage, returns by status, notices and told dates by outcome, and the money as the ledger has it."""
        async with self.db.read() as session:
            return await reports.summary(session, merchant)


def _item(row: AttentionRow, order_id: str | None) -> AttentionItemView:
    asked = row.model_dump(exclude={"merchant", "id", "order"})
    return AttentionItemView(order=row.order or None, order_id=order_id, **asked)
