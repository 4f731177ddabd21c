"""What merchants see of their deliveries, and which of them they have sent once more."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from store.columns import real_now
from store.database import Database, insert_new, one_at_a_time
from store.hook_deliveries import FORGETTING, Claimed
from store.paging import Page, cursor_of_number, number_of
from store.tables import HookDeliveryRow, HookEndpointRow, HookEventRow

MOST = 5000  # events of one replay
_CHUNK = 500


@dataclass(frozen=True)
class Waiting:
    """How an endpoint's deliveries stand: how many wait, since when the oldest does (real time), how many are dead."""

    queued: int = 0
    oldest: datetime | None = None
    dead: int = 0


@dataclass(frozen=True)
class Wanted:
    """Which events are to be sent again: all that is given must fit. `since` and `until`: real time of writing.

    `order`: our id; `about`: a return's id; `dead`: only dead letters.
    """

    since: datetime | None = None
    until: datetime | None = None
    order: str | None = None
    about: str | None = None
    types: Collection[str] = ()
    event: str | None = None
    dead: bool = False


@dataclass(frozen=True)
class Replayed:
    """How many are queued by it. `newest`: where to go on (`since`) when there were more than one replay takes."""

    queued: int
    newest: datetime | None = None


class HookLists:
    """Deliveries of one endpoint; whoever asks has made sure whose it is. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now

    async def waiting(self, endpoints: Collection[str]) -> dict[str, Waiting]:
        """For each of these endpoints that has anything queued or dead."""
        count, oldest = func.count(), func.min(HookDeliveryRow.created_at)
        found = (
            select(HookDeliveryRow.endpoint, HookDeliveryRow.status, count, oldest)
            .where(
                col(HookDeliveryRow.endpoint).in_(endpoints),
                col(HookDeliveryRow.status).in_(("queued", "dead")),
            )
            .group_by(HookDeliveryRow.endpoint, HookDeliveryRow.status)
        )
        known: dict[str, Waiting] = {}
        async with self._db.read() as session:
            for endpoint, status, number, since in (await session.exec(found)).all():
                before = known.get(endpoint, Waiting())
                known[endpoint] = (
                    Waiting(number, since, before.dead)
                    if status == "queued"
                    else Waiting(before.queued, before.oldest, number)
                )
        return known

    async def page(
        self, endpoint: str, *, limit: int, cursor: str | None = None, status: str | None = None,
        order: str | None = None, type: str | None = None,
    ) -> Page[Claimed]:  # fmt: skip
        """Newest events first. `order`: our id. Raises BadCursor."""
        found = select(HookDeliveryRow, HookEventRow).join(
            HookEventRow, col(HookEventRow.id) == col(HookDeliveryRow.event)
        )
        found = found.where(HookDeliveryRow.endpoint == endpoint)
        if cursor is not None:
            found = found.where(col(HookDeliveryRow.event) < number_of(cursor))
        for column, wanted in (
            (HookDeliveryRow.status, status), (HookDeliveryRow.order, order), (HookEventRow.type, type)
        ):  # fmt: skip
            if wanted is not None:
                found = found.where(col(column) == wanted)
        found = found.order_by(col(HookDeliveryRow.event).desc()).limit(limit + 1)
        async with self._db.read() as session:
            rows = [Claimed(row, event) for row, event in (await session.exec(found)).all()]
        more = cursor_of_number(rows[limit - 1].row.event) if len(rows) > limit else None
        return Page(rows[:limit], more)

    async def replay(self, endpoint: HookEndpointRow, wanted: Wanted) -> Replayed:
        """Queue these events once more under their old ids, also such as the endpoint never had; what waits stays as it is."""
        fitting = select(HookEventRow).where(
            HookEventRow.merchant == endpoint.merchant, *_fit(endpoint, wanted)
        )
        oldest_first = fitting.order_by(col(HookEventRow.created_at), col(HookEventRow.id)).limit(MOST + 1)
        async with self._db.read() as session:
            events = (await session.exec(oldest_first)).all()
        queued = 0
        for start in range(0, min(len(events), MOST), _CHUNK):
            async with self._db.write() as session:
                await one_at_a_time(session, FORGETTING)
                if await session.get(HookEndpointRow, endpoint.id, with_for_update=True) is None:
                    break  # deleted meanwhile
                some = events[start : min(start + _CHUNK, MOST)]
                queued += await self._queue(session, endpoint, await _still_there(session, some))
        return Replayed(queued, events[MOST - 1].created_at if len(events) > MOST else None)

    async def _queue(
        self, session: AsyncSession, endpoint: HookEndpointRow, events: Sequence[HookEventRow]
    ) -> int:
        now = self._now()
        ended = and_(
            col(HookDeliveryRow.endpoint) == endpoint.id,
            col(HookDeliveryRow.event).in_([event.id for event in events]),
            col(HookDeliveryRow.status) != "queued",
        )
        fresh = {"status": "queued", "reason": "", "attempts": 0, "created_at": now, "not_before": now}
        again = update(HookDeliveryRow).where(ended)
        queued = (await session.exec(again.values(**fresh, lease_until=None, ended_at=None))).rowcount
        for event in events:
            assert event.id is not None
            queued += await insert_new(
                session,
                HookDeliveryRow(
                    endpoint=endpoint.id,
                    event=event.id,
                    merchant=event.merchant,
                    order=event.order,
                    created_at=now,
                    not_before=now,
                ),
            )
        return queued


async def _still_there(session: AsyncSession, events: Sequence[HookEventRow]) -> list[HookEventRow]:
    """Those that were not forgotten since they were found: there would be nothing to send."""
    there = select(HookEventRow.id).where(col(HookEventRow.id).in_([event.id for event in events]))
    known = {*(await session.exec(there)).all()}
    return [event for event in events if event.id in known]


def _fit(endpoint: HookEndpointRow, wanted: Wanted) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        fits.append(col(HookEventRow.created_at) >= wanted.since)
    if wanted.until is not None:
        fits.append(col(HookEventRow.created_at) < wanted.until)
    if wanted.order is not None:
        fits.append(col(HookEventRow.order) == wanted.order)
    if wanted.about is not None:
        subject = col(HookEventRow.subject)
        paid = subject.startswith(f"return/{wanted.about}/", autoescape=True)
        asked = subject.endswith(f"/{wanted.about}", autoescape=True)
        fits.append(or_(subject == wanted.about, paid, asked))
    if wanted.types:
        fits.append(col(HookEventRow.type).in_(wanted.types))
    if wanted.event is not None:
        fits.append(col(HookEventRow.event) == wanted.event)
    if wanted.dead:
        dead = select(HookDeliveryRow.event).where(
            HookDeliveryRow.endpoint == endpoint.id, HookDeliveryRow.status == "dead"
        )
        fits.append(col(HookEventRow.id).in_(dead))
    return fits
