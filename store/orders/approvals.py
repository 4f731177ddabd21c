"""Commands that wait for a second person: kept, listed, and decided once."""

from datetime import datetime
from typing import Final

from sqlmodel import col, select, update

from domain.actors import Actor
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.tables.all import ApprovalRow

MAX_WAITING: Final = 100  # of one order


class Approvals:
    """The table of approvals."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, row: ApprovalRow) -> bool:
        """Keep it; False for one that was kept before."""
        async with self._db.write() as session:
            return await insert_new(session, row)

    async def find(self, merchant: str, approval: str) -> ApprovalRow | None:
        async with self._db.read_one() as session:
            row = await session.get(ApprovalRow, approval)
        return row if row is not None and row.merchant == merchant else None

    async def waiting(self, merchant: str, order: str, now: datetime) -> list[ApprovalRow]:
        """Those of one order that can still be decided, the oldest first."""
        found = select(ApprovalRow).where(
            ApprovalRow.merchant == merchant,
            ApprovalRow.status == "open",
            ApprovalRow.order == order,
            ApprovalRow.expires_at > now,
        )
        by = (col(ApprovalRow.requested_at), col(ApprovalRow.id))
        async with self._db.read_one() as session:
            return [*(await session.exec(found.order_by(*by).limit(MAX_WAITING))).all()]

    async def page(
        self, merchant: str, open_at: datetime | None, limit: int, cursor: str | None
    ) -> Page[ApprovalRow]:
        """The newest first, of those that can be decided at that time or of all. Raises BadCursor."""
        found = select(ApprovalRow).where(ApprovalRow.merchant == merchant)
        if open_at is not None:
            found = found.where(ApprovalRow.status == "open", ApprovalRow.expires_at > open_at)
        by = (col(ApprovalRow.requested_at), col(ApprovalRow.id))
        return await newest_first(self._db, found, by, limit, cursor)

    async def decide(self, row: ApprovalRow, status: str, actor: Actor, at: datetime, reason: str) -> bool:
        """Write the decision; False when another person was first."""
        same = (
            col(ApprovalRow.id) == row.id,
            col(ApprovalRow.merchant) == row.merchant,
            col(ApprovalRow.status) == "open",
        )
        decided = {
            "status": status,
            "decided_role": str(actor.role),
            "decided_by": actor.name,
            "decided_at": at,
            "decision_reason": reason,
        }
        async with self._db.write() as session:
            done = await session.exec(update(ApprovalRow).where(*same).values(**decided))
        return bool(done.rowcount)

    async def record(self, merchant: str, approval: str, verdict: str) -> None:
        """Write what the journey answered to the approved command."""
        same = (col(ApprovalRow.id) == approval, col(ApprovalRow.merchant) == merchant)
        async with self._db.write() as session:
            await session.exec(update(ApprovalRow).where(*same).values(verdict=verdict))
