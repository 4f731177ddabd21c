"""What storefronts are told: a leased queue in which the updates of an order keep their order."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model.state import JourneyState
from domain.model.storefront_update import shop_order
from domain.orders.storefront_updates import storefront_updates
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, is_number, oldest_first
from store.engine.queue import LeasedQueue
from store.tables.all import PaymentAccountRow, StorefrontUpdateRow

Status = Literal["queued", "done", "dead"]


async def enqueue_updates(session: AsyncSession, state: JourneyState, now: datetime) -> None:
    """Write what the storefront has to be told and was not; nothing for merchants without keys of that storefront.

    The caller holds the order's lock. The same commit again writes nothing.
    """
    there = shop_order(state.order)
    if there is None or not (wanted := storefront_updates(state, now)):
        return
    merchant, order = state.order.merchant, state.order.order
    account = select(PaymentAccountRow.merchant).where(
        PaymentAccountRow.merchant == merchant, PaymentAccountRow.provider == there.storefront
    )
    if (await session.exec(account)).first() is None:
        return
    found = select(StorefrontUpdateRow.key).where(StorefrontUpdateRow.order == order)
    known, at = {*(await session.exec(found)).all()}, real_now()
    for one in wanted:
        if one.key not in known:
            row = StorefrontUpdateRow(
                merchant=merchant,
                order=order,
                storefront=there.storefront,
                shop_order=there.order_id,
                pays=there.pays,
                sent_it=there.sent_it,
                key=one.key,
                body=one.model_dump_json(),
                created_at=at,
                not_before=at,
            )
            await insert_new(session, row)


class StorefrontUpdates:
    """The table. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now
        self._queue = LeasedQueue(db, StorefrontUpdateRow, now)

    async def due(self) -> Sequence[str]:
        """Merchants with an update that is due. Takes no write lock."""
        if not await self._queue.is_any_due():
            return []
        waiting = select(StorefrontUpdateRow.merchant).where(self._queue.is_due()).distinct()
        async with self._db.read_one() as session:
            return (await session.exec(waiting)).all()

    async def claim(self, merchant: str, limit: int) -> list[StorefrontUpdateRow]:
        """Lease the merchant's oldest updates that are due, at most one of each order."""
        due = and_(col(StorefrontUpdateRow.merchant) == merchant, self._queue.is_due(), _is_next_of_order())
        found = select(StorefrontUpdateRow).where(due).order_by(col(StorefrontUpdateRow.id)).limit(limit)
        return await self._queue.claim(found)

    async def release_leases(self) -> None:
        """See `LeasedQueue`."""
        await self._queue.release_leases()

    async def mark_sent(self, row: StorefrontUpdateRow, what: str) -> bool:
        """That call, which changes something, leaves now. False when another process has claimed the row since."""
        now = self._now()
        async with self._db.write() as session:
            return await self._queue.update_if_ours(session, row, sent=what, sent_at=now)

    async def done(self, row: StorefrontUpdateRow, reference: str, reason: str = "") -> None:
        """The storefront shows it, or there is nothing to show for that reason. The order's next one is due."""
        now = self._now()
        end = {"status": "done", "reason": reason, "reference": reference, "ended_at": now}
        async with self._db.write() as session:
            ended = update(StorefrontUpdateRow).where(self._queue.is_row(row))
            await session.exec(ended.values(lease_until=None, **end))
            await self._reschedule(session, row, now)

    async def retry_later(self, row: StorefrontUpdateRow, delay: timedelta, reason: str) -> None:
        """Try again after that time, and the order's later ones not before."""
        async with self._db.write() as session:
            if await self._queue.retry_later(session, row, delay, reason):
                await self._reschedule(session, row, self._now() + delay)

    async def refused(self, row: StorefrontUpdateRow, reason: str) -> None:
        """The storefront will never take it: people are asked. The order's next one is due.

        It has answered, so no call is under way any more, and a replay need not wait for one.
        """
        now = self._now()
        end = {"ended_at": now, "sent": "", "sent_at": None}
        async with self._db.write() as session:
            if await self._queue.dead_letter(session, row, reason, **end):
                await self._reschedule(session, row, now)

    async def note_question(self, row: StorefrontUpdateRow) -> None:
        """A person was asked about it."""
        asked = update(StorefrontUpdateRow).where(self._queue.is_row(row)).values(question_at=self._now())
        async with self._db.write() as session:
            await session.exec(asked)

    async def has_question(self, order: str) -> bool:
        """Whether an update about which a person was asked still waits or was refused."""
        open_ = select(StorefrontUpdateRow.id).where(
            StorefrontUpdateRow.order == order,
            col(StorefrontUpdateRow.status) != "done",
            col(StorefrontUpdateRow.question_at).is_not(None),
        )
        async with self._db.read_one() as session:
            return (await session.exec(open_.limit(1))).first() is not None

    async def of_order(self, merchant: str, order: str) -> Sequence[StorefrontUpdateRow]:
        """The order's updates, oldest first."""
        found = select(StorefrontUpdateRow).where(
            StorefrontUpdateRow.merchant == merchant, StorefrontUpdateRow.order == order
        )
        async with self._db.read_one() as session:
            return (await session.exec(found.order_by(col(StorefrontUpdateRow.id)))).all()

    async def page(
        self, merchant: str, status: Status, *, limit: int, cursor: str | None = None
    ) -> Page[StorefrontUpdateRow]:
        """The merchant's updates of that status, oldest first. Raises BadCursor."""
        found = select(StorefrontUpdateRow).where(
            StorefrontUpdateRow.merchant == merchant, StorefrontUpdateRow.status == status
        )
        return await oldest_first(self._db, found, col(StorefrontUpdateRow.id), limit, cursor)

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Queue an update again that the storefront refused; False when that merchant has no such."""
        if not is_number(row_id):
            return False
        refused = and_(
            col(StorefrontUpdateRow.id) == row_id,
            col(StorefrontUpdateRow.merchant) == merchant,
            col(StorefrontUpdateRow.status) == "dead",
        )
        async with self._db.write() as session:
            return await self._queue.replay(session, refused, ended_at=None) == 1

    async def _reschedule(self, session: AsyncSession, row: StorefrontUpdateRow, at: datetime) -> None:
        later = and_(
            col(StorefrontUpdateRow.order) == row.order,
            col(StorefrontUpdateRow.status) == "queued",
            col(StorefrontUpdateRow.id) > row.id,
            col(StorefrontUpdateRow.lease_until).is_(None),
        )
        await session.exec(update(StorefrontUpdateRow).where(later).values(not_before=at))


def _is_next_of_order() -> ColumnElement[bool]:
    """Whether no earlier update of its order waits."""
    earlier = aliased(StorefrontUpdateRow)
    awaited = exists().where(
        col(earlier.order) == col(StorefrontUpdateRow.order),
        col(earlier.status) == "queued",
        col(earlier.id) < col(StorefrontUpdateRow.id),
    )
    return ~awaited
