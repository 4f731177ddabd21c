"""The inbox: webhook calls of carriers and storefronts, kept raw, once for each delivery, and worked off as a leased queue."""

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from sqlalchemy import ColumnElement, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import and_, col, delete, select, update

from domain.actors import Actor
from domain.model.tracking_number import normalize
from failpoints.points import hit
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.paging import Page, is_number, oldest_first
from store.engine.queue import LeasedQueue, backoff
from store.inbox import parking, unknown_parcels
from store.inbox.sealed_bodies import SealedBodies
from store.inbox.tracking_numbers import ParcelLookup
from store.privacy.encryption import DeploymentKeys
from store.tables.all import InboxRow, InboxWaitRow, MerchantRow

log = logging.getLogger(__name__)

Status = Literal["received", "parked", "done", "partly", "ignored", "dead"]
# What people may have applied again. Once the body is emptied by age, that is not possible any more.
REPLAYABLE: Final = ("dead", "partly", "ignored")
APPLIED: Final[tuple[Status, ...]] = ("done", "ignored")
NOT_APPLIED: Final[tuple[Status, ...]] = ("dead", "partly")
_BODY = cast(QueryableAttribute[bytes], InboxRow.body)
_FEW = 10  # unknown parcels of one message: parked for in the thread of the event loop
_MAX_BACKOFF = timedelta(minutes=5)  # between two attempts
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


_SET_STATUS_AND_EMPTY = _SET_STATUS.values(body=b"")


@dataclass(frozen=True)
class InboundDelivery:
    """A webhook call whose signature is verified.

    delivery_id: what the sender calls it.
    business_received_at: the merchant's business time now; the body is read as of then, however late that happens.
    topic, event_id: of a storefront's call: what it is about, and the event it was sent for.
    received_at: when it was kept, real time; None before.
    """

    merchant: str
    source: str
    delivery_id: str
    body: bytes
    business_received_at: datetime
    topic: str = ""
    event_id: str | None = None
    received_at: datetime | None = None

    @property
    def size(self) -> int:
        """How many bytes the body has."""
        return len(self.body)

    @property
    def body_hash(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Ending:
    """How a delivery ended whose work was done, or refused, before it was kept. Only of a dead one the body is kept."""

    status: Literal["done", "ignored", "dead"]
    reason: str = ""


class Inbox:
    """The table of deliveries. `keys`: the deployment's, which encrypts their bodies. `now` is real time."""

    def __init__(self, db: Database, keys: DeploymentKeys, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._bodies = db, SealedBodies(keys)
        self._now = now
        self._queue = LeasedQueue(db, InboxRow, now, waiting=["received"])
        self._insert = _INSERT["sqlite" if db.is_sqlite else "postgresql"]

    async def accept(
        self, delivery: InboundDelivery, ending: Ending | None = None
    ) -> Literal["new", "duplicate"]:
        """Keep the delivery durably, to be applied unless it has ended already.

        The first one with its id, or of its event, is kept, even when a later body differs.
        """
        row = self._values(delivery, ending)
        hit("inbox.before")
        new = await self._db.write_one(self._insert, **row) == 1
        hit("inbox.persisted")
        if not new:
            await self._compare(delivery)
        return "new" if new else "duplicate"

    async def _compare(self, again: InboundDelivery) -> None:
        """Log it when the delivery that was kept had another body than this one with its id."""
        kept = await self._db.fetch_row(
            _STORED_HASH, merchant=again.merchant, source=again.source, delivery_id=again.delivery_id
        )
        if kept is not None and kept.body_hash != again.body_hash:
            log.warning(
                "delivery id used for another body: merchant=%s source=%s", again.merchant, again.source
            )

    async def due_merchants(self) -> list[str]:
        """Merchants with a delivery that is due, by name."""
        return await self._queue.due_values(col(InboxRow.merchant))

    async def claim(self, merchant: str, limit: int = 50) -> list[InboxRow]:
        """Lease the merchant's deliveries that have been due for longest, in the order in which they came."""
        due = select(InboxRow).where(col(InboxRow.merchant) == merchant, self._queue.is_due())
        oldest = due.order_by(col(InboxRow.not_before), col(InboxRow.id)).limit(limit)
        async with self._db.write(inline=True) as session:
            rows = await self._queue.lock(session, oldest)
            return self._queue.lease(sorted(rows, key=lambda row: row.id or 0))

    def delivery_of(self, row: InboxRow) -> InboundDelivery:
        """The delivery in a claimed row, as it was accepted. Raises Tampered."""
        return InboundDelivery(
            merchant=row.merchant,
            source=row.source,
            delivery_id=row.delivery_id,
            body=self._bodies.open(row.merchant, (row.source, row.delivery_id), row.body),
            business_received_at=row.business_received_at,
            topic=row.topic,
            event_id=row.event_id,
            received_at=row.created_at,
        )

    def holds_lease(self, row: InboxRow) -> bool:
        """Whether the lease still runs. Does not look into the table: to apply a delivery twice does no harm."""
        return self._queue.holds_lease(row)

    async def release_leases(self) -> None:
        """See `LeasedQueue`."""
        await self._queue.release_leases()

    async def mark_done(self, row_id: int, reason: str = "") -> None:
        """All that it says was applied; `reason`: what could not be done."""
        await self._set_status(row_id, "done", reason)

    async def mark_partly(self, row_id: int, reason: str) -> None:
        """What could be read was applied; `reason`: the parts that could not be read."""
        await self._set_status(row_id, "partly", reason)

    async def mark_ignored(self, row_id: int, reason: str, *, keep_body: bool) -> None:
        """It changes nothing. `keep_body`: people may want it applied after all."""
        change = _SET_STATUS if keep_body else _SET_STATUS_AND_EMPTY
        await self._set_status(row_id, "ignored", reason, change)

    async def dead_letter(self, row_id: int, reason: str) -> None:
        """It cannot be read or applied: people see it as dead."""
        await self._set_status(row_id, "dead", reason)

    async def retry_later(self, row_id: int, reason: str) -> None:
        """It could not be applied now: try again after 2, 4, 8 … seconds, at most 5 minutes, without end."""
        async with self._db.write(inline=True) as session:
            row = await session.get_one(InboxRow, row_id, with_for_update=True)
            await self._queue.retry_later(session, row, backoff(row.attempts, _MAX_BACKOFF), reason)

    async def park(self, row_id: int, unknown: Collection[ParcelLookup], unread: str = "") -> bool:
        """See `park_for_parcels`. `unread`: what of the delivery could not be read, for its reason."""
        reason = "; ".join(filter(None, ("parcel_unknown", unread)))
        async with self._db.write(inline=len(unknown) <= _FEW) as session:
            return await parking.park_for_parcels(session, row_id, unknown, reason, self._now())

    async def park_for_order(self, row_id: int, order_id: str) -> bool:
        """See `park_for_order`."""
        async with self._db.write() as session:
            return await parking.park_for_order(session, row_id, order_id, self._now())

    async def park_for_payments(self, row_id: int, payments: Collection[str]) -> bool:
        """See `park_for_payments`."""
        async with self._db.write() as session:
            return await parking.park_for_payments(session, row_id, payments, self._now())

    async def park_while_paused(self, row_id: int) -> bool:
        """See `park_while_paused`."""
        async with self._db.write() as session:
            return await parking.park_while_paused(session, row_id, self._now())

    async def dead_letter_parked(self) -> int:
        """See `dead_letter_parked`. Takes no write lock when there are none."""
        now = self._now()
        if await self._db.fetch_row(parking.ANY_PARKED, since=now - unknown_parcels.MAX_PARKED) is None:
            return 0
        async with self._db.write() as session:
            return await parking.dead_letter_parked(session, now)

    async def dismiss_unknown_parcel(
        self, merchant: str, tracking_number: str, actor: Actor, reason: str
    ) -> int | None:
        """See `unknown_parcels.dismiss`. The audit log has the reason."""
        number = normalize(tracking_number)
        async with self._db.write() as session:
            row = await session.get_one(MerchantRow, merchant, with_for_update=True)
            dead = await unknown_parcels.dismiss(session, merchant, number)
            if dead is not None:
                details: dict[str, str | int] = {"reason": reason, "deliveries": dead}
                at = row.clock or self._now()
                line = AuditLine(actor, "unknown_parcel_dismissed", at, subject=number, details=details)
                session.add(audit_row(merchant, line))
        return dead

    async def is_duplicate(self, merchant: str, source: str, delivery_id: str) -> bool:
        """Whether that delivery was received before."""
        name = _name(merchant, source, delivery_id)
        async with self._db.read_one() as session:
            return (await session.exec(_STORED_HASH, params=name)).first() is not None

    async def purge_bodies(self, merchant: str, statuses: Collection[Status], before: datetime) -> int:
        """Empty bodies of these statuses, which may name people, that were kept before that time; returns how many.

        The row stays, so that a copy of the delivery is still known. What is dead or partly done cannot be replayed any more.
        """
        over = and_(
            col(InboxRow.merchant) == merchant,
            col(InboxRow.status).in_(statuses),
            col(InboxRow.created_at) < before,
            col(InboxRow.body) != b"",  # else every row there ever was would be written each time
        )
        old = update(InboxRow).where(over).values(body=b"")
        ended_waits = col(InboxWaitRow.inbox).in_(select(InboxRow.id).where(over))
        async with self._db.write() as session:
            await session.exec(delete(InboxWaitRow).where(ended_waits))
            return (await session.exec(old)).rowcount

    async def replay(self, merchant: str, row_id: int) -> bool:
        """Queue a delivery again that is REPLAYABLE; False when that merchant has no such, or its body was emptied."""
        if not is_number(row_id):
            return False
        ours = and_(col(InboxRow.id) == row_id, col(InboxRow.merchant) == merchant)
        dead = and_(ours, col(InboxRow.status).in_(REPLAYABLE), col(InboxRow.body) != b"")
        async with self._db.write() as session:
            return await self._queue.replay(session, dead, parked_at=None) == 1

    async def page(
        self, merchant: str, status: Status, *more: ColumnElement[bool], limit: int, cursor: str | None = None
    ) -> Page[InboxRow]:
        """Oldest first, without their bodies, which are large. `more`: conditions. Raises BadCursor."""
        ours = (col(InboxRow.merchant) == merchant, col(InboxRow.status) == status, *more)
        found = select(InboxRow).where(*ours).options(defer(_BODY))
        return await oldest_first(self._db, found, col(InboxRow.id), limit, cursor)

    def _values(self, delivery: InboundDelivery, ending: Ending | None) -> dict[str, Any]:
        kept, now = ending is None or ending.status == "dead", self._now()
        name = (delivery.source, delivery.delivery_id)
        return {
            "merchant": delivery.merchant,
            "source": delivery.source,
            "delivery_id": delivery.delivery_id,
            "topic": delivery.topic,
            "event_id": delivery.event_id,
            "body_hash": delivery.body_hash,
            "body": self._bodies.seal(delivery.merchant, name, delivery.body) if kept else b"",
            "size": delivery.size,
            "status": ending.status if ending else "received",
            "reason": ending.reason if ending else "",
            "business_received_at": delivery.business_received_at,
            "created_at": now,
            "not_before": now,
            "attempts": 0,
        }

    async def _set_status(
        self, row_id: int, status: Status, reason: str, change: Update = _SET_STATUS
    ) -> None:
        await self._db.write_one(change, row_id=row_id, new_status=status, new_reason=reason)


def _name(merchant: str, source: str, delivery_id: str) -> dict[str, str]:
    return {"merchant": merchant, "source": source, "delivery_id": delivery_id}
