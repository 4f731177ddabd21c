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

from domain.hooks import KEPT_WHILE_PAUSED
from store.columns import real_now
from store.database import Database, one_at_a_time
from store.hook_ends import disable, note_dead, note_failure, note_success
from store.tables import HookDeliveryRow, HookEndpointRow, HookEventRow

Status = Literal["queued", "delivered", "dead"]
LEASE = timedelta(seconds=60)  # several times as long as a receiver may take
FORGETTING = "forget webhooks"  # or send old ones again


@dataclass(frozen=True)
class Due:
    """An active endpoint with something to send now. `failures`: how often it failed since it last took something."""

    endpoint: str
    failures: int


@dataclass(frozen=True)
class Claimed:
    """A delivery in our hands, and what is to be delivered."""

    row: HookDeliveryRow
    event: HookEventRow


@dataclass(frozen=True)
class Backlog:
    """What is not delivered yet: how many, since when the oldest waits (real time), and how many are dead."""

    count: int
    oldest: datetime | None
    dead: int


class HookDeliveries:
    """The table of deliveries. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now

    async def due(self) -> list[Due]:
        """Endpoints that something may be sent to now: a look that takes no write lock."""
        waiting = exists().where(
            col(HookDeliveryRow.endpoint) == col(HookEndpointRow.id), *_due_now(HookDeliveryRow, self._now())
        )
        found = select(HookEndpointRow.id, HookEndpointRow.failures).where(
            HookEndpointRow.status == "active", waiting
        )
        async with self._db.read() as session:
            return [Due(endpoint, failures) for endpoint, failures in (await session.exec(found)).all()]

    async def claim(self, endpoint: str, limit: int) -> list[Claimed]:
        """Take that endpoint's next deliveries, one of each order at most; nobody else gets them until the lease is over."""
        now = self._now()
        ready = and_(col(HookDeliveryRow.endpoint) == endpoint, *_due_now(HookDeliveryRow, now), _first())
        found = select(HookDeliveryRow).where(ready).order_by(col(HookDeliveryRow.event)).limit(limit)
        async with self._db.write() as session:
            rows = (await session.exec(found.with_for_update(skip_locked=True))).all()
            events = await _events(session, [row.event for row in rows])
            for row in rows:
                row.lease_until, row.attempts = now + LEASE, row.attempts + 1
        return [Claimed(row, events[row.event]) for row in rows]

    async def inherit(self) -> None:
        """Forget all leases: for the only dispatcher there is, when it starts after a crash of the one before."""
        leased = update(HookDeliveryRow).where(col(HookDeliveryRow.lease_until).is_not(None))
        async with self._db.write() as session:
            await session.exec(leased.values(lease_until=None))

    async def delivered(self, row: HookDeliveryRow, status: int) -> None:
        """The receiver took it, whoever holds the lease by now; the order's next one is due."""
        now = self._now()
        end = {
            "status": "delivered",
            "reason": "",
            "last_status": status,
            "lease_until": None,
            "ended_at": now,
        }
        async with self._changing(row) as session:
            await session.exec(update(HookDeliveryRow).where(_this(row)).values(**end))
            await _reschedule(session, row, now)
            await note_success(session, row.endpoint)

    async def again(
        self, row: HookDeliveryRow, status: int | None, reason: str, wait: timedelta
    ) -> Literal["queued", "paused", "lost"]:
        """It failed: try again after that real time, and the order's later ones not before it.

        `paused`: that was the endpoint's last chance for now. `lost`: somebody else took it up meanwhile.
        """
        at = self._now() + wait
        end = {"reason": reason, "last_status": status, "lease_until": None, "not_before": at}
        async with self._changing(row) as session:
            if not await _change(session, row, **end):
                return "lost"
            await _reschedule(session, row, at)
            return await note_failure(session, row, self._now())

    async def bury(self, row: HookDeliveryRow, status: int | None, reason: str) -> None:
        """It has failed for the last time: dead, and visible. The order's next one is due."""
        now = self._now()
        end = {
            "status": "dead",
            "reason": reason,
            "last_status": status,
            "lease_until": None,
            "ended_at": now,
        }
        async with self._changing(row) as session:
            if await _change(session, row, **end):
                await _reschedule(session, row, now)
                await note_dead(session, row, reason, now)
                await note_failure(session, row, now)

    async def gone(self, row: HookDeliveryRow) -> None:
        """The receiver says that it is gone for good: the endpoint is disabled, and all that waits for it is dead."""
        now = self._now()
        async with self._changing(row, alone=True) as session:
            if await _change(session, row, last_status=410):
                await disable(session, row, now)

    @asynccontextmanager
    async def _changing(self, row: HookDeliveryRow, *, alone: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction on a delivery: its endpoint is held first, as by those who change the endpoint and its deliveries.

        `alone`: also those who write of others of its deliveries wait, each of which holds one.
        """
        held = select(HookEndpointRow.id).where(HookEndpointRow.id == row.endpoint)
        async with self._db.write() as session:
            await session.exec(held.with_for_update(read=not alone, key_share=not alone))
            yield session

    async def bury_waiting(self) -> int:
        """What waits too long for a paused endpoint is dead; how many."""
        now = self._now()
        off = select(HookEndpointRow.id).where(HookEndpointRow.status != "active")
        end = {"status": "dead", "reason": "endpoint_paused", "ended_at": now, "lease_until": None}
        async with self._db.write() as session:
            # One that is changed at this moment may be active by now: it is left for the next time.
            held = (await session.exec(off.with_for_update(skip_locked=True))).all()
            old = and_(
                col(HookDeliveryRow.endpoint).in_(held),
                col(HookDeliveryRow.status) == "queued",
                col(HookDeliveryRow.created_at) < now - KEPT_WHILE_PAUSED,
            )
            return (await session.exec(update(HookDeliveryRow).where(old).values(**end))).rowcount

    async def forget(self, before: datetime) -> None:
        """Drop what ended before that real time, and events that nobody waits for any more."""
        ended = and_(col(HookDeliveryRow.status) != "queued", col(HookDeliveryRow.ended_at) < before)
        held = exists().where(col(HookDeliveryRow.event) == col(HookEventRow.id))
        async with self._db.write() as session:
            await one_at_a_time(session, FORGETTING)
            await session.exec(delete(HookDeliveryRow).where(ended))
            await session.exec(delete(HookEventRow).where(and_(col(HookEventRow.created_at) < before, ~held)))

    async def backlog(self) -> Backlog:
        """Of all merchants, for the gauges."""
        queued, dead = _counted("queued"), _counted("dead")
        oldest = select(func.min(HookDeliveryRow.created_at)).where(HookDeliveryRow.status == "queued")
        async with self._db.read() as session:
            count, dead_count = (await session.exec(queued)).one(), (await session.exec(dead)).one()
            return Backlog(count, (await session.exec(oldest)).one(), dead_count)


def _counted(status: Status) -> Any:
    return select(func.count()).select_from(HookDeliveryRow).where(col(HookDeliveryRow.status) == status)


def _due_now(table: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(col(table.lease_until).is_(None), col(table.lease_until) < now)
    return col(table.status) == "queued", col(table.not_before) <= now, free


def _first() -> ColumnElement[bool]:
    """No earlier event of its order waits for this endpoint. What is about no order is in nobody's way."""
    earlier = aliased(HookDeliveryRow)
    awaited = exists().where(
        col(earlier.endpoint) == col(HookDeliveryRow.endpoint),
        col(earlier.order) == col(HookDeliveryRow.order),
        col(earlier.status) == "queued",
        col(earlier.event) < col(HookDeliveryRow.event),
    )
    return ~awaited


def _this(row: HookDeliveryRow) -> ColumnElement[bool]:
    return and_(col(HookDeliveryRow.endpoint) == row.endpoint, col(HookDeliveryRow.event) == row.event)


async def _events(session: AsyncSession, numbers: list[int]) -> dict[int, HookEventRow]:
    found = (await session.exec(select(HookEventRow).where(col(HookEventRow.id).in_(numbers)))).all()
    return {event.id or 0: event for event in found}


async def _change(session: AsyncSession, row: HookDeliveryRow, **values: object) -> bool:
    """Change a delivery that is still ours; false, and nothing changed, when somebody else took it up meanwhile."""
    ours = and_(_this(row), col(HookDeliveryRow.lease_until) == row.lease_until)
    return (await session.exec(update(HookDeliveryRow).where(ours).values(**values))).rowcount == 1


async def _reschedule(session: AsyncSession, row: HookDeliveryRow, at: datetime) -> None:
    """When the order's later events may be looked at again: it spares the looks that would find the line closed."""
    later = and_(
        col(HookDeliveryRow.endpoint) == row.endpoint,
        col(HookDeliveryRow.order) == row.order,
        col(HookDeliveryRow.status) == "queued",
        col(HookDeliveryRow.event) > row.event,
        col(HookDeliveryRow.lease_until).is_(None),
    )
    await session.exec(update(HookDeliveryRow).where(later).values(not_before=at))
