"""Replays: events are queued again for one endpoint, under their old ids."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, payment_keys
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.inserts import insert_new
from store.engine.queue import LeasedQueue
from store.tables.all import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
from store.webhooks.events import delivery_row

MAX_REPLAYED_EVENTS = 5000  # in one replay
_CHUNK_SIZE = 500


@dataclass(frozen=True)
class ReplayFilter:
    """Which events to send again: those that fulfil all that is given.

    since, until: when the event was written, real time.
    order: our id.
    event: its id for receivers.
    dead: only dead letters.
    """

    since: datetime | None = None
    until: datetime | None = None
    order: str | None = None
    return_id: str | None = None
    types: Collection[str] = ()
    event: str | None = None
    dead: bool = False

    def conditions(self, endpoint: str) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.since is not None:
            conditions.append(col(WebhookEventRow.created_at) >= self.since)
        if self.until is not None:
            conditions.append(col(WebhookEventRow.created_at) < self.until)
        if self.order is not None:
            conditions.append(col(WebhookEventRow.order) == self.order)
        if self.return_id is not None:
            subject = col(WebhookEventRow.subject)
            paid = subject.startswith(payment_keys.return_legs_prefix(self.return_id), autoescape=True)
            question = subject.endswith(f"/{self.return_id}", autoescape=True)
            conditions.append(or_(subject == self.return_id, paid, question))
        if self.types:
            conditions.append(col(WebhookEventRow.type).in_(self.types))
        if self.event is not None:
            conditions.append(col(WebhookEventRow.event) == self.event)
        if self.dead:
            dead = select(WebhookDeliveryRow.event).where(
                WebhookDeliveryRow.endpoint == endpoint, WebhookDeliveryRow.status == "dead"
            )
            conditions.append(col(WebhookEventRow.id).in_(dead))
        return conditions


@dataclass(frozen=True)
class ReplayResult:
    """How many deliveries are queued. `newest`: the `since` of the next replay, when there were too many events for one."""

    queued: int
    newest: datetime | None = None


class WebhookReplays:
    """Queues events again. The caller has checked whose endpoint it is. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now
        self._queue = LeasedQueue(db, WebhookDeliveryRow, now)

    async def replay(self, endpoint: WebhookEndpointRow, replay_filter: ReplayFilter) -> ReplayResult:
        """Queue these events again under their old ids, also those that the endpoint never received.

        Deliveries that are queued already stay as they are.
        """
        fitting = select(WebhookEventRow).where(
            WebhookEventRow.merchant == endpoint.merchant, *replay_filter.conditions(endpoint.id)
        )
        oldest_first = fitting.order_by(col(WebhookEventRow.created_at), col(WebhookEventRow.id)).limit(
            MAX_REPLAYED_EVENTS + 1
        )
        async with self._db.read_one() as session:
            events = (await session.exec(oldest_first)).all()
        queued = 0
        for start in range(0, min(len(events), MAX_REPLAYED_EVENTS), _CHUNK_SIZE):
            async with self._db.write() as session:
                await acquire_transaction_lock(session, keys.WEBHOOK_RETENTION)
                if await session.get(WebhookEndpointRow, endpoint.id, with_for_update=True) is None:
                    break  # deleted meanwhile
                some = events[start : min(start + _CHUNK_SIZE, MAX_REPLAYED_EVENTS)]
                queued += await self._enqueue(session, endpoint, await _existing(session, some))
        return ReplayResult(
            queued, events[MAX_REPLAYED_EVENTS - 1].created_at if len(events) > MAX_REPLAYED_EVENTS else None
        )

    async def _enqueue(
        self, session: AsyncSession, endpoint: WebhookEndpointRow, events: Sequence[WebhookEventRow]
    ) -> int:
        """Returns how many deliveries are queued that were not."""
        now = self._now()
        ended = and_(
            col(WebhookDeliveryRow.endpoint) == endpoint.id,
            col(WebhookDeliveryRow.event).in_([event.id for event in events]),
            col(WebhookDeliveryRow.status) != "queued",
        )
        queued = await self._queue.replay(session, ended, reason="", created_at=now, ended_at=None)
        for event in events:
            queued += await insert_new(session, delivery_row(endpoint.id, event, now))
        return queued


async def _existing(session: AsyncSession, events: Sequence[WebhookEventRow]) -> list[WebhookEventRow]:
    """Those that were not deleted since they were found."""
    found = select(WebhookEventRow.id).where(col(WebhookEventRow.id).in_([event.id for event in events]))
    existing = {*(await session.exec(found)).all()}
    return [event for event in events if event.id in existing]
