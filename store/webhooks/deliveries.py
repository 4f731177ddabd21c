"""Deliveries of outgoing webhooks: a leased queue for each endpoint, in which an order's events keep their order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.webhooks.retry import PAUSED_RETENTION
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.queue import LeasedQueue
from store.tables.all import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
from store.webhooks.endpoint_health import disable, record_dead_letter, record_failure, record_success

Status = Literal["queued", "delivered", "dead"]

# An endpoint of which a delivery has been waiting since before that time, although it is not active.
_LONG_PAUSED = (
    select(WebhookEndpointRow.id)
    .where(
        WebhookEndpointRow.status != "active",
        exists().where(
            col(WebhookDeliveryRow.endpoint) == col(WebhookEndpointRow.id),
            col(WebhookDeliveryRow.status) == "queued",
            col(WebhookDeliveryRow.created_at) < bindparam("before"),
        ),
    )
    .limit(1)
)


@dataclass(frozen=True)
class DueEndpoint:
    """An active endpoint with a delivery that is due. `failures`: failed attempts since the last success."""

    endpoint: str
    failures: int


@dataclass(frozen=True)
class ClaimedDelivery:
    """A leased delivery and the event that is to be delivered."""

    row: WebhookDeliveryRow
    event: WebhookEventRow


class WebhookDeliveries:
    """The table of deliveries. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now
        self._queue = LeasedQueue(db, WebhookDeliveryRow, now)

    async def due(self) -> list[DueEndpoint]:
        """Active endpoints with a delivery that is due. Takes no write lock."""
        if not await self._queue.is_any_due():
            return []
        waiting = exists().where(
            col(WebhookDeliveryRow.endpoint) == col(WebhookEndpointRow.id), self._queue.is_due()
        )
        found = select(WebhookEndpointRow.id, WebhookEndpointRow.failures).where(
            WebhookEndpointRow.status == "active", waiting
        )
        async with self._db.read_one() as session:
            return [
                DueEndpoint(endpoint, failures) for endpoint, failures in (await session.exec(found)).all()
            ]

    async def claim(self, endpoint: str, limit: int) -> list[ClaimedDelivery]:
        """Lease that endpoint's oldest deliveries that are due, at most one of each order."""
        due = and_(col(WebhookDeliveryRow.endpoint) == endpoint, self._queue.is_due(), _is_next_of_order())
        found = select(WebhookDeliveryRow).where(due).order_by(col(WebhookDeliveryRow.event)).limit(limit)
        async with self._db.write() as session:
            rows = await self._queue.lock(session, found)
            events = await _events(session, [row.event for row in rows])
            self._queue.lease(rows)
        return [ClaimedDelivery(row, events[row.event]) for row in rows]

    async def release_leases(self) -> None:
        """See `LeasedQueue`."""
        await self._queue.release_leases()

    async def mark_delivered(self, row: WebhookDeliveryRow, status: int) -> None:
        """The receiver took it, also when the lease is over. The order's next one is due."""
        now = self._now()
        end = {
            "status": "delivered",
            "reason": "",
            "last_status": status,
            "lease_until": None,
            "ended_at": now,
        }
        async with self._endpoint_locked(row) as session:
            await session.exec(update(WebhookDeliveryRow).where(self._queue.is_row(row)).values(**end))
            await _reschedule(session, row, now)
            await record_success(session, row.endpoint)

    async def retry_later(
        self, row: WebhookDeliveryRow, status: int | None, reason: str, delay: timedelta
    ) -> Literal["queued", "paused", "lost"]:
        """It failed: try again after that real time, and the order's later ones not before it.

        `paused`: the endpoint is paused by this failure. `lost`: another process has claimed the delivery since.
        """
        async with self._endpoint_locked(row) as session:
            if not await self._queue.retry_later(session, row, delay, reason, last_status=status):
                return "lost"
            await _reschedule(session, row, self._now() + delay)
            return await record_failure(session, row, self._now())

    async def dead_letter(self, row: WebhookDeliveryRow, status: int | None, reason: str) -> None:
        """It has failed for the last time: people see it as dead. The order's next one is due."""
        now = self._now()
        async with self._endpoint_locked(row) as session:
            if await self._queue.dead_letter(session, row, reason, last_status=status, ended_at=now):
                await _reschedule(session, row, now)
                await record_dead_letter(session, row, reason, now)
                await record_failure(session, row, now)

    async def disable_endpoint(self, row: WebhookDeliveryRow) -> None:
        """The receiver answered 410 Gone: the endpoint is disabled, and all that waits for it is dead."""
        now = self._now()
        async with self._endpoint_locked(row, exclusive=True) as session:
            if await self._queue.update_if_ours(session, row, last_status=410):
                await disable(session, row, now)

    @asynccontextmanager
    async def _endpoint_locked(
        self, row: WebhookDeliveryRow, *, exclusive: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """A transaction that changes a delivery. The endpoint is locked first, as in transactions that change the endpoint.

        exclusive: transactions on other deliveries of the endpoint wait too.
        """
        held = select(WebhookEndpointRow.id).where(WebhookEndpointRow.id == row.endpoint)
        async with self._db.write() as session:
            await session.exec(held.with_for_update(read=not exclusive, key_share=not exclusive))
            yield session

    async def dead_letter_paused(self) -> int:
        """Declare dead what has waited too long for a paused endpoint; returns how many. Without any, takes no write lock."""
        now = self._now()
        if await self._db.fetch_row(_LONG_PAUSED, before=now - PAUSED_RETENTION) is None:
            return 0
        off = select(WebhookEndpointRow.id).where(WebhookEndpointRow.status != "active")
        end = {"status": "dead", "reason": "endpoint_paused", "ended_at": now, "lease_until": None}
        async with self._db.write() as session:
            # An endpoint that is being changed may be active by now: it is left for the next time.
            held = (await session.exec(off.with_for_update(skip_locked=True))).all()
            old = and_(
                col(WebhookDeliveryRow.endpoint).in_(held),
                col(WebhookDeliveryRow.status) == "queued",
                col(WebhookDeliveryRow.created_at) < now - PAUSED_RETENTION,
            )
            return (await session.exec(update(WebhookDeliveryRow).where(old).values(**end))).rowcount

    async def prune(self, merchant: str, before: datetime) -> int:
        """Delete deliveries that ended before that real time, and older events without a delivery; returns how many events."""
        ours = col(WebhookDeliveryRow.merchant) == merchant
        ended = and_(
            ours, col(WebhookDeliveryRow.status) != "queued", col(WebhookDeliveryRow.ended_at) < before
        )
        held = exists().where(col(WebhookDeliveryRow.event) == col(WebhookEventRow.id))
        old = and_(col(WebhookEventRow.merchant) == merchant, col(WebhookEventRow.created_at) < before, ~held)
        async with self._db.write() as session:
            await acquire_transaction_lock(session, keys.WEBHOOK_RETENTION)
            await session.exec(delete(WebhookDeliveryRow).where(ended))
            return (await session.exec(delete(WebhookEventRow).where(old))).rowcount


def _is_next_of_order() -> ColumnElement[bool]:
    """Whether no earlier event of its order waits for this endpoint."""
    earlier = aliased(WebhookDeliveryRow)
    awaited = exists().where(
        col(earlier.endpoint) == col(WebhookDeliveryRow.endpoint),
        col(earlier.order) == col(WebhookDeliveryRow.order),
        col(earlier.status) == "queued",
        col(earlier.event) < col(WebhookDeliveryRow.event),
    )
    return ~awaited


async def _events(session: AsyncSession, numbers: list[int]) -> dict[int, WebhookEventRow]:
    found = (await session.exec(select(WebhookEventRow).where(col(WebhookEventRow.id).in_(numbers)))).all()
    return {event.id or 0: event for event in found}


async def _reschedule(session: AsyncSession, row: WebhookDeliveryRow, at: datetime) -> None:
    """Make the order's later events due at that time: until then a claim would only find that they have to wait."""
    later = and_(
        col(WebhookDeliveryRow.endpoint) == row.endpoint,
        col(WebhookDeliveryRow.order) == row.order,
        col(WebhookDeliveryRow.status) == "queued",
        col(WebhookDeliveryRow.event) > row.event,
        col(WebhookDeliveryRow.lease_until).is_(None),
    )
    await session.exec(update(WebhookDeliveryRow).where(later).values(not_before=at))
