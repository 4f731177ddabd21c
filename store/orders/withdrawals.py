"""The table of withdrawals, and the queue of those whose confirmation or return is still to be made."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.engine.queue import LeasedQueue
from store.tables.all import AttentionRow, PersonKeyRow, WithdrawalRow

KIND: Final = "withdrawal"
UNDECIDED: Final = ("received", "case")
_SHOWN_AFTER: Final = timedelta(hours=1)  # then what was to be done by itself was not done


class Withdrawals:
    """Every function with a merchant finds statements of that merchant only."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._queue = LeasedQueue(db, WithdrawalRow, real_now)

    async def add(self, row: WithdrawalRow, line: AuditLine, answer_by: datetime) -> bool:
        """Write the statement, and the question that is shown if nothing becomes of it; False when there is one with its id."""
        async with self._db.write() as session:
            new = await insert_new(session, row)
            if new:
                session.add(audit_row(row.merchant, line))
                session.add(_question(row, row.received_at + _SHOWN_AFTER, answer_by))
        return new

    async def find(self, merchant: str, statement: str) -> WithdrawalRow | None:
        async with self._db.read_one() as session:
            row = await session.get(WithdrawalRow, statement)
        return row if row is not None and row.merchant == merchant else None

    async def page(
        self, merchant: str, outcome: str | None, *, limit: int, cursor: str | None
    ) -> Page[WithdrawalRow]:
        """Newest first. Raises BadCursor."""
        found = select(WithdrawalRow).where(WithdrawalRow.merchant == merchant)
        if outcome is not None:
            found = found.where(WithdrawalRow.outcome == outcome)
        by = col(WithdrawalRow.created_at), col(WithdrawalRow.id)
        return await newest_first(self._db, found, by, limit, cursor)

    async def claim(self, statement: str = "") -> WithdrawalRow | None:
        """Lease that statement, or the oldest one that is due; None when it is done or another process works on it."""
        due = select(WithdrawalRow).where(self._queue.is_due())
        if statement:
            due = due.where(WithdrawalRow.id == statement)
        claimed = await self._queue.claim(due.order_by(col(WithdrawalRow.created_at)).limit(1))
        return claimed[0] if claimed else None

    async def claim_for_person(self, merchant: str, statement: str) -> WithdrawalRow | None:
        """Lease a statement that is not decided, for the time of a person's decision; None where another one works on it."""
        async with self._db.write() as session:
            row = await session.get(WithdrawalRow, statement, with_for_update=True)
            if (
                row is None
                or row.merchant != merchant
                or row.outcome not in UNDECIDED
                or self._queue.holds_lease(row)
            ):
                return None
            row.lease_until = self._queue.lease_end()
        return row

    async def release(self, row: WithdrawalRow) -> None:
        """End the lease; no effect where it is over."""
        async with self._db.write() as session:
            await self._queue.update_if_ours(session, row, lease_until=None)

    async def keep(self, row: WithdrawalRow, **values: object) -> bool:
        """Write what was found or done so far; the lease stays. False, and nothing written, where the lease was lost."""
        async with self._db.write() as session:
            return await self._queue.update_if_ours(session, row, **values)

    async def go_on(self, row: WithdrawalRow, delay: timedelta, reason: str) -> None:
        """It is not finished: the next attempt is due after that time."""
        async with self._db.write() as session:
            await self._queue.retry_later(session, row, delay, reason)

    async def finish(self, row: WithdrawalRow) -> None:
        """Its confirmation has left, and its return is open or a person's question."""
        async with self._db.write() as session:
            await self._queue.update_if_ours(session, row, status="done", reason="", lease_until=None)

    async def forget(self, row: WithdrawalRow) -> None:
        """Its person is erased: nothing is left to be done or asked."""
        async with self._db.write() as session:
            values = {"status": "done", "reason": "", "lease_until": None}
            if await self._queue.update_if_ours(session, row, **values):
                await _close(session, row)

    async def opened(self, row: WithdrawalRow, returns: str) -> None:
        """All that was stated is on these returns, so no person is asked."""
        async with self._db.write() as session:
            values = {"outcome": "opened", "returns": returns, "reasons": ""}
            if await self._queue.update_if_ours(session, row, **values):
                await _close(session, row)

    async def leave_to_person(
        self, row: WithdrawalRow, asked: tuple[datetime, datetime], **values: object
    ) -> None:
        """A person has to decide. asked: from when until when."""
        async with self._db.write() as session:
            if await self._queue.update_if_ours(session, row, outcome="case", **values):
                await _close(session, row)
                session.add(_question(row, *asked))

    async def decide(self, row: WithdrawalRow, line: AuditLine, **values: object) -> bool:
        """A person has decided about a statement that they hold; False, and nothing written, where the lease was lost.

        A confirmation that has not left yet is sent all the same. While it stays a case, its question stays too.
        """
        async with self._db.write() as session:
            if not await self._queue.update_if_ours(session, row, lease_until=None, **values):
                return False
            if values["outcome"] not in UNDECIDED:
                await _close(session, row)
            session.add(audit_row(row.merchant, line))
        return True

    async def with_own_key(
        self, merchant: str, after: str, limit: int, decided_before: datetime | None = None
    ) -> list[WithdrawalRow]:
        """A page of the statements that can be read and lie under no customer's key, by their ids.

        decided_before: only those that are decided, and were received before that business time.
        """
        own = select(PersonKeyRow.customer).where(PersonKeyRow.merchant == merchant)
        found = select(WithdrawalRow).where(
            WithdrawalRow.merchant == merchant, col(WithdrawalRow.id).in_(own)
        )
        if decided_before is not None:
            is_old = col(WithdrawalRow.received_at) < decided_before
            found = found.where(is_old, col(WithdrawalRow.outcome).not_in(UNDECIDED))
        found = found.where(WithdrawalRow.id > after).order_by(col(WithdrawalRow.id)).limit(limit)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def of_orders(
        self, merchant: str, orders: Collection[str], after: str, limit: int
    ) -> list[WithdrawalRow]:
        """A page of the statements about these orders, and of those that lie under no customer's key, by their ids."""
        own = select(PersonKeyRow.customer).where(PersonKeyRow.merchant == merchant)
        about = or_(col(WithdrawalRow.order).in_(orders), col(WithdrawalRow.id).in_(own))
        found = select(WithdrawalRow).where(
            WithdrawalRow.merchant == merchant, about, WithdrawalRow.id > after
        )
        async with self._db.read_one() as session:
            return [*(await session.exec(found.order_by(col(WithdrawalRow.id)).limit(limit))).all()]


async def _close(session: AsyncSession, row: WithdrawalRow) -> None:
    question = await session.get(AttentionRow, ("", keys.question(KIND, row.id)))
    if question is not None:
        await session.delete(question)
        await session.flush()


def _question(row: WithdrawalRow, shown_at: datetime, answer_by: datetime) -> AttentionRow:
    question = keys.question(KIND, row.id)
    return AttentionRow(
        order="", id=question, merchant=row.merchant, item=keys.attention_item(row.merchant, "", question, shown_at),
        kind=KIND, subject=row.id, owner="agent", opened_at=shown_at, deadline=max(answer_by, shown_at), default="remind",
    )  # fmt: skip
