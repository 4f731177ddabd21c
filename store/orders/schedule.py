"""Orders with work to do: those that may have no journey yet, those with a deadline, and those with a pending payment."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import col, or_, select, update

from store.engine.database import Database
from store.tables.all import OrderRow

BATCH = 100  # orders that are started at a time
_UNSTARTED = (
    select(OrderRow.id, OrderRow.merchant)
    .where(OrderRow.intent == "placed", col(OrderRow.created_at) < bindparam("before"))
    .order_by(col(OrderRow.created_at))
    .limit(BATCH)
)


class UnstartedOrder(NamedTuple):
    """Our id and the merchant of an order that may have no journey yet."""

    id: str
    merchant: str


class OrderSchedule:
    """Reads the table of orders. A function with a merchant finds orders of that merchant only."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def unstarted(self, before: datetime) -> list[UnstartedOrder]:
        """A batch of orders of all merchants that were placed before that real time, oldest first."""
        return [UnstartedOrder(*row) for row in await self._db.fetch_rows(_UNSTARTED, before=before)]

    async def mark_started(self, orders: Collection[str]) -> None:
        """Write that the journeys of these orders (our ids) run. They are locked one after the other, by their ids."""
        placed = select(OrderRow.id).where(col(OrderRow.id).in_(orders), OrderRow.intent == "placed")
        locked = placed.order_by(OrderRow.id).with_for_update()
        async with self._db.write() as session:
            await session.exec(update(OrderRow).where(col(OrderRow.id).in_(locked)).values(intent="started"))

    async def open_orders(self, merchant: str) -> list[str]:
        """The merchant's orders (our ids) that are neither closed nor cancelled, oldest first."""
        over = col(OrderRow.stage).in_(("closed", "cancelled"))
        found = select(OrderRow.id).where(OrderRow.merchant == merchant, ~over)
        async with self._db.read_one() as session:
            return [*(await session.exec(found.order_by(col(OrderRow.created_at), OrderRow.id))).all()]

    async def with_pending_work(self) -> list[tuple[str, str]]:
        """Merchant and our id of every order with a deadline or a pending payment: each has a running journey."""
        has_work = or_(col(OrderRow.next_deadline).is_not(None), col(OrderRow.payments_pending) > 0)
        async with self._db.read_one() as session:
            return [*(await session.exec(select(OrderRow.merchant, OrderRow.id).where(has_work))).all()]

    async def due(self, merchant: str, until: datetime) -> list[str]:
        """Orders (our ids) with a deadline by that business time, or with a pending payment."""
        has_work = or_(col(OrderRow.next_deadline) <= until, col(OrderRow.payments_pending) > 0)
        found = select(OrderRow.id).where(OrderRow.merchant == merchant, has_work).order_by(OrderRow.id)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def earliest_deadline(self, merchant: str, after: datetime | None = None) -> datetime | None:
        """The first business time at which an order has a deadline; None when none has.

        after: only later deadlines. An order with a pending payment keeps an old deadline until its provider has answered.
        """
        waiting = [col(OrderRow.merchant) == merchant, col(OrderRow.next_deadline).is_not(None)]
        if after is not None:
            waiting.append(col(OrderRow.next_deadline) > after)
        found = select(OrderRow.next_deadline).where(*waiting).order_by(col(OrderRow.next_deadline))
        async with self._db.read_one() as session:
            return (await session.exec(found.limit(1))).first()
