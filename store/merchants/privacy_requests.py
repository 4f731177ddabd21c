"""The table of what persons demand of their data, and the queue of the erasures that are under way."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from domain import keys
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.engine.queue import LeasedQueue
from store.tables.all import AttentionRow, PrivacyRequestRow

KIND: Final = "privacy_request"
_ASKED_BEFORE: Final = timedelta(days=7)  # the deadline


class PrivacyRequests:
    """Every function with a merchant finds requests of that merchant only."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._queue = LeasedQueue(db, PrivacyRequestRow, real_now, waiting=["running"])

    async def add(self, row: PrivacyRequestRow, line: AuditLine) -> bool:
        """Write the request and who made it; False when there is one with its id."""
        async with self._db.write() as session:
            new = await insert_new(session, row)
            if new:
                session.add(audit_row(row.merchant, line))
                session.add(_question(row))
        return new

    async def find(self, merchant: str, request: str) -> PrivacyRequestRow | None:
        async with self._db.read_one() as session:
            row = await session.get(PrivacyRequestRow, request)
        return row if row is not None and row.merchant == merchant else None

    async def page(
        self, merchant: str, status: str | None, *, limit: int, cursor: str | None
    ) -> Page[PrivacyRequestRow]:
        """Newest first. Raises BadCursor."""
        found = select(PrivacyRequestRow).where(PrivacyRequestRow.merchant == merchant)
        if status is not None:
            found = found.where(PrivacyRequestRow.status == status)
        by = col(PrivacyRequestRow.created_at), col(PrivacyRequestRow.id)
        return await newest_first(self._db, found, by, limit, cursor)

    async def decide(self, row: PrivacyRequestRow, line: AuditLine, **values: object) -> bool:
        """Change an open request, and write who did; False when it is open no more."""
        async with self._db.write() as session:
            stored = await session.get(PrivacyRequestRow, row.id, with_for_update=True)
            if stored is None or stored.status != "open":
                return False
            for name, value in values.items():
                setattr(stored, name, value)
            stored.not_before = real_now()
            question = await session.get(AttentionRow, ("", _question(row).id))
            if question is not None:
                await session.delete(question)
            stored.ended_role, stored.ended_name = line.actor.role, line.actor.name
            session.add(audit_row(row.merchant, line))
        return True

    async def claim(self) -> PrivacyRequestRow | None:
        """Lease the oldest erasure that is under way."""
        due = select(PrivacyRequestRow).where(self._queue.is_due())
        claimed = await self._queue.claim(due.order_by(col(PrivacyRequestRow.created_at)).limit(1))
        return claimed[0] if claimed else None

    async def go_on(self, row: PrivacyRequestRow, delay: timedelta, reason: str, **values: object) -> None:
        """It is not finished: the next step is due after that time."""
        async with self._db.write() as session:
            await self._queue.retry_later(session, row, delay, reason, **values)

    async def finish(self, row: PrivacyRequestRow, lines: list[AuditLine], at: datetime, result: str) -> None:
        """All of it is erased; the audit has a line for the request and one for each order."""
        values = {"status": "done", "reason": "", "lease_until": None, "ended_at": at, "result": result}
        async with self._db.write() as session:
            if await self._queue.update_if_ours(session, row, **values):
                session.add_all([audit_row(row.merchant, line) for line in lines])
        await self._db.overwrite_deleted()

    async def others(self, row: PrivacyRequestRow, after: str, limit: int) -> list[PrivacyRequestRow]:
        """A page of the merchant's other requests about persons, by their ids."""
        theirs = (PrivacyRequestRow.merchant == row.merchant, PrivacyRequestRow.scope == "person")
        found = select(PrivacyRequestRow).where(*theirs, PrivacyRequestRow.id > after)
        found = found.where(PrivacyRequestRow.id != row.id).order_by(col(PrivacyRequestRow.id)).limit(limit)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]


def _question(row: PrivacyRequestRow) -> AttentionRow:
    """Written with the request, and shown as its deadline comes near."""
    shown_at, question = row.due_at - _ASKED_BEFORE, keys.question(KIND, row.id)
    return AttentionRow(
        order="", id=question, merchant=row.merchant, item=keys.attention_item(row.merchant, "", question, shown_at),
        kind=KIND, subject=row.id, owner="merchant", opened_at=shown_at, deadline=row.due_at, default="remind",
    )  # fmt: skip
