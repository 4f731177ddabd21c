"""The health of endpoints: a success clears failures, a long failure pauses the endpoint, 410 Gone disables it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import func
from sqlmodel import and_, col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Actor, Role
from domain.webhooks.retry import should_pause
from store.audit import AuditLine, audit_row
from store.tables.all import MerchantRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow

_DISPATCHER = Actor(role=Role.SYSTEM, name="dispatcher")


async def record_success(session: AsyncSession, endpoint: str) -> None:
    """Clear the endpoint's failures."""
    failing = and_(col(WebhookEndpointRow.id) == endpoint, col(WebhookEndpointRow.failures) > 0)
    await session.exec(update(WebhookEndpointRow).where(failing).values(failures=0, failing_since=None))


async def record_failure(
    session: AsyncSession, row: WebhookDeliveryRow, now: datetime
) -> Literal["queued", "paused"]:
    """Count a failed attempt. After a long time of failures only, the endpoint is paused: what waits for it stays queued."""
    this = col(WebhookEndpointRow.id) == row.endpoint
    since = func.coalesce(WebhookEndpointRow.failing_since, now)
    count = update(WebhookEndpointRow).where(this)
    await session.exec(count.values(failures=WebhookEndpointRow.failures + 1, failing_since=since))
    endpoint = await session.get(WebhookEndpointRow, row.endpoint, populate_existing=True)
    if endpoint is None or endpoint.status != "active" or endpoint.failing_since is None:
        return "queued"
    if not should_pause(endpoint.failures, endpoint.failing_since, now):
        return "queued"
    endpoint.status, endpoint.reason = "paused", "failing"
    details: dict[str, str | int] = {
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since.isoformat(),
    }
    await _audit(session, row.merchant, "webhook_endpoint_paused", row.endpoint, now, **details)
    return "paused"


async def record_dead_letter(
    session: AsyncSession, row: WebhookDeliveryRow, reason: str, now: datetime
) -> None:
    """Write an audit line about a dead letter, so that people see it."""
    event = await session.get(WebhookEventRow, row.event)
    details: dict[str, str | int] = {"endpoint": row.endpoint, "reason": reason, "attempts": row.attempts}
    name = event.event if event else str(row.event)
    await _audit(session, row.merchant, "webhook_delivery_dead", name, now, **details)


async def disable(session: AsyncSession, row: WebhookDeliveryRow, now: datetime) -> None:
    """Disable the endpoint: no events are written for it, and what waits is dead until it is replayed."""
    this = update(WebhookEndpointRow).where(col(WebhookEndpointRow.id) == row.endpoint)
    await session.exec(this.values(status="disabled", reason="gone"))
    waiting = and_(
        col(WebhookDeliveryRow.endpoint) == row.endpoint, col(WebhookDeliveryRow.status) == "queued"
    )
    end = {"status": "dead", "reason": "endpoint_gone", "ended_at": now, "lease_until": None}
    dead = (await session.exec(update(WebhookDeliveryRow).where(waiting).values(**end))).rowcount
    await _audit(session, row.merchant, "webhook_endpoint_disabled", row.endpoint, now, dead=dead)


async def _audit(
    session: AsyncSession, merchant: str, action: str, subject: str, now: datetime, **details: str | int
) -> None:
    row = await session.get(MerchantRow, merchant)
    at = (row and row.clock) or now
    session.add(audit_row(merchant, AuditLine(_DISPATCHER, action, at, subject=subject, details=details)))
