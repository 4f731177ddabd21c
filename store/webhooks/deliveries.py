"""Deliveries of outgoing webhooks: leased so that several may send, each order's events in line, one id over all tries."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.webhooks.retry import PAUSED_RETENTION
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.tables.all import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
from store.webhooks.endpoint_health import disable, record_dead_letter, record_failure, record_success

Status = Literal["queued", "delivered", "dead"]
LEASE = timedelta(seconds=60)  # several times as long as a receiver may take


@dataclass(frozen=True)
class DueEndpoint:
    """An active endpoint with something to send now. `failures`: how often it failed since it last took something."""

    endpoint: str
    failures: int


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery in our hands, and what is to be delivered."""

    row: WebhookDeliveryRow
    event: WebhookEventRow


@dataclass(frozen=True)
class Backlog:
    """What is not delivered yet: how many, since when the oldest waits (real time), and how many are dead."""

    count: int
    oldest: datetime | None
    dead: int


class WebhookDeliveries:
    """The table of deliveries. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now

    async def due(self) -> list[DueEndpoint]:
        """Endpoints that something may be sent to now: a look that takes no write lock."""
        waiting = exists().where(
            col(WebhookDeliveryRow.endpoint) == col(WebhookEndpointRow.id),
            *_due_now(WebhookDeliveryRow, self._now()),
        )
        found = select(WebhookEndpointRow.id, WebhookEndpointRow.failures).where(
            WebhookEndpointRow.status == "active", waiting
        )
        async with self._db.read() as session:
            return [
                DueEndpoint(endpoint, failures) for endpoint, failures in (await session.exec(found)).all()
            ]

    async def claim(self, endpoint: str, limit: int) -> list[ClaimedDelivery]:
        """Take that endpoint's next deliveries, one of each order at most; nobody else gets them until the lease is over."""
        now = self._now()
        ready = and_(
            col(WebhookDeliveryRow.endpoint) == endpoint,
            *_due_now(WebhookDeliveryRow, now),
            _is_next_of_order(),
        )
        found = select(WebhookDeliveryRow).where(ready).order_by(col(WebhookDeliveryRow.event)).limit(limit)
        async with self._db.write() as session:
            rows = (await session.exec(found.with_for_update(skip_locked=True))).all()
            events = await _events(session, [row.event for row in rows])
            for row in rows:
                row.lease_until, row.attempts = now + LEASE, row.attempts + 1
        return [ClaimedDelivery(row, events[row.event]) for row in rows]

    async def release_leases(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(WebhookDeliveryRow).where(col(WebhookDeliveryRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def mark_delivered(self, row: WebhookDeliveryRow, status: int) -> None:
        """The receiver took it, whoever holds the lease by now; the order's next one is due."""
        now = self._now()
        end = {
            "status": "delivered",
            "reason": "",
            "last_status": status,
            "lease_until": None,
            "ended_at": now,
        }
        async with self._endpoint_locked(row) as session:
            await session.exec(update(WebhookDeliveryRow).where(_same_delivery(row)).values(**end))
            await _reschedule(session, row, now)
            await record_success(session, row.endpoint)

    async def retry_later(
        self, row: WebhookDeliveryRow, status: int | None, reason: str, delay: timedelta
    ) -> Literal["queued", "paused", "lost"]:
        """It failed: try again after that real time, and the order's later ones not before it.

        `paused`: that was the endpoint's last chance for now. `lost`: somebody else took it up meanwhile.
        """
        at = self._now() + delay
        end = {"reason": reason, "last_status": status, "lease_until": None, "not_before": at}
        async with self._endpoint_locked(row) as session:
            if not await _update_if_ours(session, row, **end):
                return "lost"
            await _reschedule(session, row, at)
            return await record_failure(session, row, self._now())

    async def dead_letter(self, row: WebhookDeliveryRow, status: int | None, reason: str) -> None:
        """It has failed for the last time: dead, and visible. The order's next one is due."""
        now = self._now()
        end = {
            "status": "dead",
            "reason": reason,
            "last_status": status,
            "lease_until": None,
            "ended_at": now,
        }
        async with self._endpoint_locked(row) as session:
            if await _update_if_ours(session, row, **end):
                await _reschedule(session, row, now)
                await record_dead_letter(session, row, reason, now)
                await record_failure(session, row, now)

    async def disable_endpoint(self, row: WebhookDeliveryRow) -> None:
        """The receiver says that it is gone for good: the endpoint is disabled, and all that waits for it is dead."""
        now = self._now()
        async with self._endpoint_locked(row, exclusive=True) as session:
            if await _update_if_ours(session, row, last_status=410):
                await disable(session, row, now)

    @asynccontextmanager
    async def _endpoint_locked(
        self, row: WebhookDeliveryRow, *, exclusive: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """A transaction on a delivery: its endpoint is held first, as by those who change the endpoint and its deliveries.

        `alone`: also those who write of others of its deliveries wait, each of which holds one.
        """
        held = select(WebhookEndpointRow.id).where(WebhookEndpointRow.id == row.endpoint)
        async with self._db.write() as session:
            await session.exec(held.with_for_update(read=not exclusive, key_share=not exclusive))
            yield session

    async def dead_letter_paused(self) -> int:
        """What waits too long for a paused endpoint is dead; how many."""
        now = self._now()
        off = select(WebhookEndpointRow.id).where(WebhookEndpointRow.status != "active")
        end = {"status": "dead", "reason": "endpoint_paused", "ended_at": now, "lease_until": None}
        async with self._db.write() as session:
            # One that is changed at this moment may be active by now: it is left for the next time.
            held = (await session.exec(off.with_for_update(skip_locked=True))).all()
            old = and_(
                col(WebhookDeliveryRow.endpoint).in_(held),
                col(WebhookDeliveryRow.status) == "queued",
                col(WebhookDeliveryRow.created_at) < now - PAUSED_RETENTION,
            )
            return (await session.exec(update(WebhookDeliveryRow).where(old).values(**end))).rowcount

    async def prune(self, before: datetime) -> None:
        """Drop what ended before that real time, and events that nobody waits for any more."""
        ended = and_(col(WebhookDeliveryRow.status) != "queued", col(WebhookDeliveryRow.ended_at) < before)
        held = exists().where(col(WebhookDeliveryRow.event) == col(WebhookEventRow.id))
        async with self._db.write() as session:
            await acquire_transaction_lock(session, keys.WEBHOOK_RETENTION)
            await session.exec(delete(WebhookDeliveryRow).where(ended))
            await session.exec(
                delete(WebhookEventRow).where(and_(col(WebhookEventRow.created_at) < before, ~held))
            )

    async def backlog(self) -> Backlog:
        """Of all merchants, for the gauges."""
        queued, dead = _count_query("queued"), _count_query("dead")
        oldest = select(func.min(WebhookDeliveryRow.created_at)).where(WebhookDeliveryRow.status == "queued")
        async with self._db.read() as session:
            count, dead_count = (await session.exec(queued)).one(), (await session.exec(dead)).one()
            return Backlog(count, (await session.exec(oldest)).one(), dead_count)


def _count_query(status: Status) -> Any:
    return (
        select(func.count()).select_from(WebhookDeliveryRow).where(col(WebhookDeliveryRow.status) == status)
    )


def _due_now(table: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(col(table.lease_until).is_(None), col(table.lease_until) < now)
    return col(table.status) == "queued", col(table.not_before) <= now, free


def _is_next_of_order() -> ColumnElement[bool]:
    """No earlier event of its order waits for this endpoint. What is about no order is in nobody's way."""
    earlier = aliased(WebhookDeliveryRow)
    awaited = exists().where(
        col(earlier.endpoint) == col(WebhookDeliveryRow.endpoint),
        col(earlier.order) == col(WebhookDeliveryRow.order),
        col(earlier.status) == "queued",
        col(earlier.event) < col(WebhookDeliveryRow.event),
    )
    return ~awaited


def _same_delivery(row: WebhookDeliveryRow) -> ColumnElement[bool]:
    return and_(col(WebhookDeliveryRow.endpoint) == row.endpoint, col(WebhookDeliveryRow.event) == row.event)


async def _events(session: AsyncSession, numbers: list[int]) -> dict[int, WebhookEventRow]:
    found = (await session.exec(select(WebhookEventRow).where(col(WebhookEventRow.id).in_(numbers)))).all()
    return {event.id or 0: event for event in found}


async def _update_if_ours(session: AsyncSession, row: WebhookDeliveryRow, **values: object) -> bool:
    """Change a delivery that is still ours; false, and nothing changed, when somebody else took it up meanwhile."""
    ours = and_(_same_delivery(row), col(WebhookDeliveryRow.lease_until) == row.lease_until)
    return (await session.exec(update(WebhookDeliveryRow).where(ours).values(**values))).rowcount == 1


async def _reschedule(session: AsyncSession, row: WebhookDeliveryRow, at: datetime) -> None:
    """When the order's later events may be looked at again: it spares the looks that would find the line closed."""
    later = and_(
        col(WebhookDeliveryRow.endpoint) == row.endpoint,
        col(WebhookDeliveryRow.order) == row.order,
        col(WebhookDeliveryRow.status) == "queued",
        col(WebhookDeliveryRow.event) > row.event,
        col(WebhookDeliveryRow.lease_until).is_(None),
    )
    await session.exec(update(WebhookDeliveryRow).where(later).values(not_before=at))
