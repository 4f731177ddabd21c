"""The inbox: what was delivered to us, raw, once per delivery; worked off with leases so that several may work."""

import hashlib
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import and_, col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from failpoints.points import hit
from store.engine.columns import real_now
from store.engine.database import Database, insert_new
from store.engine.paging import Page, number_cursor, parse_number_cursor
from store.engine.sqlite_statements import StatementRunner
from store.inbox.tracking_numbers import ParcelLookup, find_parcels
from store.tables.all import InboxRow, InboxWaitRow, MerchantRow, OrderRow

log = logging.getLogger(__name__)

Status = Literal["received", "parked", "done", "ignored", "dead"]
LEASE = timedelta(seconds=60)
MAX_PARKED = timedelta(
    hours=72
)  # then the parcel is not expected any more, and the delivery is dead but visible
DEAD_LETTER_RETENTION = timedelta(days=90)  # then nobody replays it any more, and its body is emptied
_MAX_BACKOFF = timedelta(minutes=5)  # between two tries of one delivery
_INSERT = {
    "sqlite": sqlite.insert(InboxRow).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(InboxRow).on_conflict_do_nothing(),
}
_STORED_HASH = select(InboxRow.body_hash).where(
    col(InboxRow.merchant) == bindparam("merchant"),
    col(InboxRow.source) == bindparam("source"),
    col(InboxRow.delivery_id) == bindparam("delivery_id"),
)
_SET_STATUS = (
    update(InboxRow)
    .where(col(InboxRow.id) == bindparam("row_id"))
    .values(status=bindparam("new_status"), reason=bindparam("new_reason"), lease_until=None)
)


class Inbox:
    """The table of deliveries. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._now = now
        self._insert = _INSERT["sqlite" if db.is_sqlite else "postgresql"]

    async def accept(
        self,
        merchant: str,
        source: str,
        delivery_id: str,
        body: bytes,
        business_received_at: datetime,
        topic: str = "",
        event_id: str | None = None,
    ) -> Literal["new", "duplicate"]:
        """Keep the delivery durably; the first with its id, or of its event, wins, also over one with another body.

        `heard_at`: the merchant's business time now. It is read as of then, however late it can be taken in.
        """
        name = {"merchant": merchant, "source": source, "delivery_id": delivery_id}
        digest, now = hashlib.sha256(body).hexdigest(), self._now()
        row = {
            **name,
            "topic": topic,
            "event_id": event_id,
            "body_hash": digest,
            "body": body,
            "status": "received",
            "reason": "",
            "business_received_at": business_received_at,
            "received_at": now,
            "not_before": now,
            "attempts": 0,
        }

        def keep(asked: StatementRunner) -> bool:
            new = asked.execute(self._insert, **row) == 1
            known = None if new else asked.first(_STORED_HASH, **name)
            if known is not None and known.body_hash != digest:
                log.warning("delivery id used for another body: merchant=%s source=%s", merchant, source)
            return new

        hit("inbox.before")
        new = await self._db.batched_write(keep)
        hit("inbox.persisted")
        return "new" if new else "duplicate"

    async def claim(self, limit: int = 50) -> list[InboxRow]:
        """Take deliveries to work on, oldest first; nobody else gets them until the lease of a minute is over."""
        now = self._now()
        found = select(InboxRow).where(_ready(now)).order_by(col(InboxRow.id)).limit(limit)
        async with self._db.read() as session:
            if (await session.exec(found.limit(1))).first() is None:
                return []  # a look that takes no write lock
        async with self._db.write(inline=True) as session:
            rows = [*(await session.exec(found.with_for_update(skip_locked=True))).all()]
            for row in rows:
                row.lease_until, row.attempts = now + LEASE, row.attempts + 1
        return rows

    def holds_lease(self, row: InboxRow) -> bool:
        """Is what was claimed still ours? No look at the table: taking in a delivery twice does no harm, only work."""
        return row.lease_until is not None and self._now() < row.lease_until

    async def release_leases(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(InboxRow).where(col(InboxRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def mark_done(self, row_id: int, reason: str = "") -> None:
        """Everything in it was taken in; `reason`: what could not come of it."""
        await self._set_status(row_id, "done", reason)

    async def mark_ignored(self, row_id: int, reason: str) -> None:
        """It is not about anything we follow."""
        await self._set_status(row_id, "ignored", reason)

    async def dead_letter(self, row_id: int, reason: str) -> None:
        """Nobody will ever be able to read it: dead, and visible."""
        await self._set_status(row_id, "dead", reason)

    async def retry_later(self, row_id: int, reason: str) -> None:
        """It could not be taken in now: again in 2, 4, 8 … seconds, at most 5 minutes, for as long as it takes."""
        async with self._db.write(inline=True) as session:
            row = await _locked(session, row_id)
            wait = min(timedelta(seconds=2 ** min(row.attempts, 10)), _MAX_BACKOFF)
            row.reason, row.lease_until, row.not_before = reason, None, self._now() + wait

    async def park(self, row_id: int, unknown_parcels: Collection[ParcelLookup]) -> bool:
        """Wait until one of these parcels is known. False when one is known by now: it is tried again."""
        async with self._db.write(inline=True) as session:
            merchant = (await session.exec(select(InboxRow.merchant).where(InboxRow.id == row_id))).one()
            await session.get(MerchantRow, merchant, with_for_update=True)  # see `wake`
            row = await _locked(session, row_id)
            row.lease_until = None
            for stranger in unknown_parcels:
                if await find_parcels(session, row.merchant, stranger):
                    row.not_before = self._now()
                    return False
            row.status, row.reason, row.parked_at = "parked", "parcel_unknown", row.parked_at or self._now()
            for number in {stranger.tracking_number for stranger in unknown_parcels}:
                wait = InboxWaitRow(inbox=row_id, tracking_number=number, merchant=row.merchant)
                await insert_new(session, wait)
        return True

    async def park_for_order(self, row_id: int, order_id: str) -> bool:
        """Wait until the merchant has an order of that id. False when it has by now: it is tried again."""
        async with self._db.write() as session:
            merchant = (await session.exec(select(InboxRow.merchant).where(InboxRow.id == row_id))).one()
            await session.get(MerchantRow, merchant, with_for_update=True)  # see `wake_for_order`
            row = await _locked(session, row_id)
            row.lease_until = None
            named = (col(OrderRow.merchant) == merchant, col(OrderRow.order_id) == order_id)
            if (await session.exec(select(OrderRow.id).where(*named))).first() is not None:
                row.not_before = self._now()
                return False
            row.status, row.reason, row.parked_at = "parked", "order_unknown", row.parked_at or self._now()
            wait = InboxWaitRow(inbox=row_id, tracking_number=keys.awaited_order(order_id), merchant=merchant)
            await insert_new(session, wait)
        return True

    async def dead_letter_parked(self) -> int:
        """Declare dead what has been parked for 72 hours; answers how many."""
        old = and_(col(InboxRow.status) == "parked", col(InboxRow.parked_at) <= self._now() - MAX_PARKED)
        found = (
            select(InboxRow.id).where(old).with_for_update(skip_locked=True)
        )  # one being woken is not forgotten
        async with self._db.write() as session:
            dead = update(InboxRow).where(col(InboxRow.id).in_(found)).values(status="dead")
            return (await session.exec(dead)).rowcount

    async def is_duplicate(self, merchant: str, source: str, delivery_id: str) -> bool:
        """Whether that delivery came before."""
        name = {"merchant": merchant, "source": source, "delivery_id": delivery_id}
        async with self._db.read_one() as session:
            return (await session.exec(_STORED_HASH, params=name)).first() is not None

    async def record_handled(
        self, merchant: str, source: str, delivery_id: str, business_received_at: datetime
    ) -> None:
        """Keep that it came and was dealt with at once: its id, nothing of what it says."""
        now = self._now()
        row = InboxRow(
            merchant=merchant, source=source, delivery_id=delivery_id, body_hash="", body=b"", status="done",
            business_received_at=business_received_at, received_at=now, not_before=now,
        )  # fmt: skip
        async with self._db.write() as session:
            await insert_new(session, row)

    async def purge_bodies(self, before: datetime) -> int:
        """Empty what carriers and storefronts wrote (it may name people) once it is long done; answers how many.

        The row stays, so a copy is still known. What is dead can be replayed for a quarter.
        """
        over = and_(col(InboxRow.status).in_(("done", "ignored")), col(InboxRow.received_at) < before)
        given_up = and_(
            col(InboxRow.status) == "dead", col(InboxRow.received_at) < self._now() - DEAD_LETTER_RETENTION
        )
        old = (
            update(InboxRow)
            .where(
                or_(over, given_up),
                col(InboxRow.body) != b"",  # else all there ever were would be written again and again
            )
            .values(body=b"")
        )
        async with self._db.write() as session:
            return (await session.exec(old)).rowcount

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Try a dead delivery again; false when that merchant has no such, or its body is forgotten by now."""
        mine = and_(col(InboxRow.id) == row_id, col(InboxRow.merchant) == merchant)
        dead = and_(mine, col(InboxRow.status) == "dead", col(InboxRow.body) != b"")
        fresh = {"status": "received", "attempts": 0, "parked_at": None, "not_before": self._now()}
        async with self._db.write() as session:
            return (await session.exec(update(InboxRow).where(dead).values(**fresh))).rowcount == 1

    async def page(
        self, merchant: str, status: Status, *, limit: int, cursor: str | None = None
    ) -> Page[InboxRow]:
        """Oldest first. Raises BadCursor."""
        after = parse_number_cursor(cursor) if cursor else 0
        found = select(InboxRow).where(InboxRow.merchant == merchant, InboxRow.status == status)
        found = found.where(col(InboxRow.id) > after).order_by(col(InboxRow.id)).limit(limit + 1)
        async with self._db.read() as session:
            rows = [*(await session.exec(found)).all()]
        more = number_cursor(rows[limit - 1].id or 0) if len(rows) > limit else None
        return Page(rows[:limit], more)

    async def _set_status(self, row_id: int, status: Status, reason: str) -> None:
        await self._db.batched_write(
            lambda asked: asked.execute(_SET_STATUS, row_id=row_id, new_status=status, new_reason=reason)
        )


async def _locked(session: AsyncSession, row_id: int) -> InboxRow:
    return await session.get_one(InboxRow, row_id, with_for_update=True)


async def unpark_for_parcel(session: AsyncSession, merchant: str, tracking_number: str) -> None:
    """A parcel with that number is known from this transaction on: what was parked for it is received again.

    The merchant's row is locked, here and while parking, so that no delivery is parked at the very moment its parcel comes.
    """
    await session.get(MerchantRow, merchant, with_for_update=True)
    await _unpark(session, merchant, tracking_number)


async def unpark_for_order(session: AsyncSession, merchant: str, order_id: str) -> None:
    """An order of that id is there from this transaction on: what was parked for it is received again.

    The caller shares the merchant's row (`FOR SHARE`): placing orders does not wait for placing others, but parking does.
    """
    await _unpark(session, merchant, keys.awaited_order(order_id))


async def _unpark(session: AsyncSession, merchant: str, awaited: str) -> None:
    waits = select(InboxWaitRow.inbox).where(
        InboxWaitRow.merchant == merchant, InboxWaitRow.tracking_number == awaited
    )
    woken = [*(await session.exec(waits)).all()]
    if woken:
        parked = and_(col(InboxRow.id).in_(woken), col(InboxRow.status) == "parked")
        await session.exec(
            update(InboxRow).where(parked).values(status="received", reason="", not_before=real_now())
        )
        await session.exec(delete(InboxWaitRow).where(col(InboxWaitRow.inbox).in_(woken)))


def _ready(now: datetime) -> ColumnElement[bool]:
    free = or_(col(InboxRow.lease_until).is_(None), col(InboxRow.lease_until) < now)
    return and_(col(InboxRow.status) == "received", col(InboxRow.not_before) <= now, free)
