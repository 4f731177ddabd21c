"""I8 for outgoing webhooks: each delivery was accepted, is visibly dead, or is tried again in time, under one id."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.webhooks.retry import JITTER, MAX_ATTEMPTS, MAX_RETRY_AFTER
from runtime.verify.order_records import CheckContext
from runtime.verify.report import BrokenInvariant
from store.tables.all import WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow

_MAX_WAIT = MAX_RETRY_AFTER * (1 + JITTER) + timedelta(minutes=1)  # for the next attempt


async def deliveries(session: AsyncSession, context: CheckContext) -> AsyncIterator[BrokenInvariant]:
    """Every delivery, with its endpoint and its event."""
    endpoints = {row.id: row for row in (await session.exec(select(WebhookEndpointRow))).all()}
    ahead: dict[tuple[str, str], bool] = {}  # endpoint and order with one that is still queued
    in_line = (
        select(WebhookDeliveryRow, WebhookEventRow.event)
        .outerjoin(WebhookEventRow, col(WebhookEventRow.id) == WebhookDeliveryRow.event)
        .order_by(col(WebhookDeliveryRow.event))
        .execution_options(yield_per=500)
    )
    async for row, event in await session.stream(in_line):
        name = f"webhook {event or row.event} to {row.endpoint}"
        endpoint = endpoints.get(row.endpoint)
        if endpoint is None:
            yield _broken(name, f"{name} is for an endpoint that does not exist")
        elif endpoint.merchant != row.merchant:
            yield BrokenInvariant(
                invariant="I9", subject=name, message=f"{name} of {row.merchant} goes to {endpoint.merchant}"
            )
        if event is None:
            yield _broken(name, f"{name} is of an event that does not exist")
        first = not ahead.get((row.endpoint, row.order))
        if row.status == "queued":
            ahead[row.endpoint, row.order] = True
        active = endpoint is not None and endpoint.status == "active"
        for message in _ended(row, context, first and active):
            yield _broken(name, f"{name} {message}")


def _ended(row: WebhookDeliveryRow, context: CheckContext, next_in_line: bool) -> Iterator[str]:
    match row.status:
        case "delivered":
            if row.ended_at is None or row.last_status is None or not 200 <= row.last_status < 300:
                yield f"is delivered and was answered {row.last_status}"
        case "dead":
            if not row.reason or row.ended_at is None:
                yield "is dead without a reason"
        case "queued":
            if row.attempts > MAX_ATTEMPTS and row.lease_until is None:
                yield f"was tried {row.attempts} times and is not dead"
            elif row.not_before - context.now > _MAX_WAIT:
                yield f"is not tried again before {row.not_before.isoformat()}"
            elif next_in_line and context.quiesced and row.not_before <= context.now:
                yield "is still queued although the system is idle"
        case _:
            yield f"has the unknown status {row.status}"


async def events(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Every event has the id that its business key gives it."""
    rows = await session.stream_scalars(select(WebhookEventRow).execution_options(yield_per=500))
    async for row in rows:
        ours = keys.webhook_event(row.merchant, row.order, row.seq, row.type, row.subject)
        if row.event != ours:
            yield _broken(
                row.event, f"event {row.type} of {row.subject} has the id {row.event} instead of {ours}"
            )


async def count(session: AsyncSession) -> dict[str, int]:
    """How many rows these checks read."""
    return {"webhooks": (await session.exec(select(func.count()).select_from(WebhookDeliveryRow))).one()}


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I8", subject=subject, message=message)
