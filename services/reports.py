"""A merchant's figures, over all orders."""

from dataclasses import dataclass

from store.engine.database import Database
from store.orders import reports
from store.orders.reports import Summary

__all__ = ["ReportService", "Summary"]


@dataclass(frozen=True)
class ReportService:
    """Reads over all orders of one merchant."""

    db: Database

    async def summary(self, merchant: str) -> Summary:
        """Orders by stage, returns by status, notices and told dates by outcome, and the money as the ledger has it."""
        async with self.db.read() as session:
            return await reports.summary(session, merchant)
