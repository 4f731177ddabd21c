"""I8 for outgoing webhooks: each delivery was taken, is visibly dead, or is tried again in time, under one id."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.events import event_id
from domain.hooks import JITTER, LONGEST, TRIES
from runtime.verify.lives import Look
from runtime.verify.report import Broken
from store.tables import HookDeliveryRow, HookEndpointRow, HookEventRow

_LONGEST = LONGEST * (1 + JITTER) + timedelta(minutes=1)  # that anything waits for its next try


async def deliveries(session: AsyncSession, look: Look) -> AsyncIterator[Broken]:
    """Every delivery, with its endpoint and its event."""
    endpoints = {row.id: row for row in (await session.exec(select(HookEndpointRow))).all()}
    known = select(HookEventRow.id, HookEventRow.event)
    events = dict((await session.exec(known)).all())
    ahead: dict[tuple[str, str], int] = defaultdict(int)  # still queued, per endpoint and order
    in_line = select(HookDeliveryRow).order_by(col(HookDeliveryRow.event)).execution_options(yield_per=500)
    async for row in await session.stream_scalars(in_line):
        name = f"webhook {events.get(row.event, row.event)} to {row.endpoint}"
        endpoint = endpoints.get(row.endpoint)
        if endpoint is None:
            yield _broken(name, f"{name} is for an endpoint that does not exist")
        elif endpoint.merchant != row.merchant:
            yield Broken(
                invariant="I9", subject=name, says=f"{name} of {row.merchant} goes to {endpoint.merchant}"
            )
        if row.event not in events:
            yield _broken(name, f"{name} is of an event that does not exist")
        first = not ahead[row.endpoint, row.order]
        ahead[row.endpoint, row.order] += row.status == "queued"
        active = endpoint is not None and endpoint.status == "active"
        for says in _ended(row, look, first and active):
            yield _broken(name, f"{name} {says}")


def _ended(row: HookDeliveryRow, look: Look, next_in_line: bool) -> Iterator[str]:
    match row.status:
        case "delivered":
            if row.ended_at is None or row.last_status is None or not 200 <= row.last_status < 300:
                yield f"is delivered and was answered {row.last_status}"
        case "dead":
            if not row.reason or row.ended_at is None:
                yield "is dead and nobody knows why"
        case "queued":
            if row.attempts > TRIES and row.lease_until is None:
                yield f"was tried {row.attempts} times and is not given up"
            elif row.not_before - look.now > _LONGEST:
                yield f"is not tried again before {row.not_before.isoformat()}"
            elif next_in_line and look.quiesced and row.not_before <= look.now:
                yield "is still queued although all is quiet"
        case _:
            yield f"has the unknown status {row.status}"


async def events(session: AsyncSession) -> AsyncIterator[Broken]:
    """Every event has the one id that its business key gives it, whoever computes it."""
    rows = await session.stream_scalars(select(HookEventRow).execution_options(yield_per=500))
    async for row in rows:
        ours = event_id(row.merchant, row.order, row.seq, row.type, row.subject)
        if row.event != ours:
            yield _broken(
                row.event, f"event {row.type} of {row.subject} is called {row.event} instead of {ours}"
            )


async def count(session: AsyncSession) -> dict[str, int]:
    """How many rows these checks looked at."""
    return {"webhooks": len((await session.exec(select(HookDeliveryRow.event))).all())}


def _broken(subject: str, says: str) -> Broken:
    return Broken(invariant="I8", subject=subject, says=says)
