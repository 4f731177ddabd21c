"""A merchant's open questions and figures, over all orders."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from services.paging import Page, PageRequest
from store.engine.database import Database
from store.orders import reports
from store.orders.attention import AttentionList
from store.orders.reports import Summary

__all__ = ["AttentionItemView", "ReportService", "Summary"]


class AttentionItemView(Frozen):
    """An open question to a person: until when they may answer, and what happens by itself then."""

    order: str
    kind: AttentionKind
    subject: str
    owner: Owner
    opened_at: Instant
    deadline: Instant
    default: AttentionDefault


@dataclass(frozen=True)
class ReportService:
    """Reads over all orders of one merchant."""

    db: Database
    attention: AttentionList

    async def open_questions(
        self, merchant: str, page: PageRequest, owner: Owner | None = None
    ) -> Page[AttentionItemView]:
        """The most urgent first. `owner`: only those that wait for that owner. Raises BadCursor."""
        found = await self.attention.page(merchant, limit=page.limit, cursor=page.cursor, owner=owner)
        items = [AttentionItemView(**row.model_dump(exclude={"merchant", "id"})) for row in found.items]
        return Page(items, found.next)

    async def summary(self, merchant: str) -> Summary:
        """Orders by stage, returns by status, notices by outcome, and the money as the ledger has it."""
        async with self.db.read() as session:
            return await reports.summary(session, merchant)
