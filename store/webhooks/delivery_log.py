"""The log of deliveries that merchants see, and replays of events."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.webhooks.events import EventType
from store.engine.columns import real_now
from store.engine.database import Database, acquire_transaction_lock
from store.engine.inserts import insert_new
from store.engine.paging import Page, number_cursor, page_of, parse_number_cursor
from store.engine.queue import LeasedQueue
from store.tables.all import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow
from store.webhooks.deliveries import ClaimedDelivery, Status
from store.webhooks.events import delivery_row

MAX_REPLAYED_EVENTS = 5000  # in one replay
_CHUNK_SIZE = 500


@dataclass(frozen=True)
class EndpointBacklog:
    """An endpoint's queued and dead deliveries. `oldest`: since when the oldest one waits, real time."""

    queued: int = 0
    oldest: datetime | None = None
    dead: int = 0


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries to list: those that fulfil all that is given. `order`: our id; `type`: of the event."""

    status: Status | None = None
    order: str | None = None
    type: EventType | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = {
            col(WebhookDeliveryRow.status): self.status,
            col(WebhookDeliveryRow.order): self.order,
            col(WebhookEventRow.type): self.type,
        }
        return [column == wanted for column, wanted in columns.items() if wanted is not None]


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


@dataclass(frozen=True)
class ReplayResult:
    """How many deliveries are queued. `newest`: the `since` of the next replay, when there were too many events for one."""

    queued: int
    newest: datetime | None = None


class DeliveryLog:
    """Deliveries of one endpoint. The caller has checked whose endpoint it is. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now
        self._queue = LeasedQueue(db, WebhookDeliveryRow, now)

    async def backlogs(self, endpoints: Collection[str]) -> dict[str, EndpointBacklog]:
        """For each of these endpoints that has queued or dead deliveries."""
        count, oldest = func.count(), func.min(WebhookDeliveryRow.created_at)
        found = (
            select(WebhookDeliveryRow.endpoint, WebhookDeliveryRow.status, count, oldest)
            .where(
                col(WebhookDeliveryRow.endpoint).in_(endpoints),
                col(WebhookDeliveryRow.status).in_(("queued", "dead")),
            )
            .group_by(WebhookDeliveryRow.endpoint, WebhookDeliveryRow.status)
        )
        backlogs: dict[str, EndpointBacklog] = {}
        async with self._db.read() as session:
            for endpoint, status, number, since in (await session.exec(found)).all():
                before = backlogs.get(endpoint, EndpointBacklog())
                backlogs[endpoint] = (
                    EndpointBacklog(number, since, before.dead)
                    if status == "queued"
                    else EndpointBacklog(before.queued, before.oldest, number)
                )
        return backlogs

    async def page(
        self, endpoint: str, wanted: DeliveryFilter, *, limit: int, cursor: str | None = None
    ) -> Page[ClaimedDelivery]:
        """Newest events first. Raises BadCursor."""
        found = select(WebhookDeliveryRow, WebhookEventRow).join(
            WebhookEventRow, col(WebhookEventRow.id) == col(WebhookDeliveryRow.event)
        )
        found = found.where(WebhookDeliveryRow.endpoint == endpoint, *wanted.conditions())
        if cursor is not None:
            found = found.where(col(WebhookDeliveryRow.event) < parse_number_cursor(cursor))
        found = found.order_by(col(WebhookDeliveryRow.event).desc()).limit(limit + 1)
        async with self._db.read() as session:
            rows = [ClaimedDelivery(row, event) for row, event in (await session.exec(found)).all()]
        return page_of(rows, limit, lambda one: number_cursor(one.row.event))

    async def replay(self, endpoint: WebhookEndpointRow, replay_filter: ReplayFilter) -> ReplayResult:
        """Queue these events again under their old ids, also those that the endpoint never received.

        Deliveries that are queued already stay as they are.
        """
        fitting = select(WebhookEventRow).where(
            WebhookEventRow.merchant == endpoint.merchant, *_conditions(endpoint, replay_filter)
        )
        oldest_first = fitting.order_by(col(WebhookEventRow.created_at), col(WebhookEventRow.id)).limit(
            MAX_REPLAYED_EVENTS + 1
        )
        async with self._db.read() as session:
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


def _conditions(endpoint: WebhookEndpointRow, replay_filter: ReplayFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if replay_filter.since is not None:
        conditions.append(col(WebhookEventRow.created_at) >= replay_filter.since)
    if replay_filter.until is not None:
        conditions.append(col(WebhookEventRow.created_at) < replay_filter.until)
    if replay_filter.order is not None:
        conditions.append(col(WebhookEventRow.order) == replay_filter.order)
    if replay_filter.return_id is not None:
        subject = col(WebhookEventRow.subject)
        paid = subject.startswith(keys.payments_of_return(replay_filter.return_id), autoescape=True)
        asked = subject.endswith(f"/{replay_filter.return_id}", autoescape=True)
        conditions.append(or_(subject == replay_filter.return_id, paid, asked))
    if replay_filter.types:
        conditions.append(col(WebhookEventRow.type).in_(replay_filter.types))
    if replay_filter.event is not None:
        conditions.append(col(WebhookEventRow.event) == replay_filter.event)
    if replay_filter.dead:
        dead = select(WebhookDeliveryRow.event).where(
            WebhookDeliveryRow.endpoint == endpoint.id, WebhookDeliveryRow.status == "dead"
        )
        conditions.append(col(WebhookEventRow.id).in_(dead))
    return conditions
