"""What is known of a customer from all their orders at one merchant, for the risk of a return."""

from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlmodel import col, select

from domain.model.risk import CustomerHistory
from store.engine.database import Database
from store.ledger import journal
from store.tables.all import LedgerEntry, LedgerPosting, OrderRow, ReturnRow

_YEAR = timedelta(days=365)
_CLAIMS = journal.claw_back("")  # the beginning of the accounts of what customers owe
_NOTHING_SENT = ("cancelled", "refused", "expired")


class CustomerHistories:
    """Counts over the orders and returns of one customer."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, customer: str, now: datetime) -> CustomerHistory:
        """The history of that customer (our `cus_…`) at that business time."""
        theirs = (OrderRow.merchant == merchant, OrderRow.customer == customer)
        first = select(func.min(OrderRow.placed_at)).where(*theirs)
        returns = (
            select(func.count(), func.sum(case((col(ReturnRow.rejected), 1), else_=0)))
            .select_from(ReturnRow)
            .join(OrderRow, col(OrderRow.id) == ReturnRow.order)
            .where(*theirs, ReturnRow.opened_at > now - _YEAR, col(ReturnRow.status).not_in(_NOTHING_SENT))
        )
        owed = (
            select(LedgerPosting.currency)
            .join(LedgerEntry, col(LedgerEntry.id) == LedgerPosting.entry)
            .join(OrderRow, col(OrderRow.id) == LedgerEntry.order)
            .where(*theirs, LedgerEntry.merchant == merchant, col(LedgerPosting.account).startswith(_CLAIMS))
            .group_by(LedgerPosting.currency)
            .having(func.sum(LedgerPosting.minor) > 0)
        )
        async with self._db.read() as session:
            placed_at = (await session.exec(first)).one()
            count, rejected = (await session.exec(returns)).one()
            owes = (await session.exec(owed)).first() is not None
        days = (now - placed_at).days if placed_at else 0
        return CustomerHistory(
            first_order_days=max(0, days), returns=count, rejected=rejected or 0, owes=owes
        )
