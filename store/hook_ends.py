"""What a delivery's end means for its endpoint: success forgets failures, long failure pauses, gone disables."""

import json
from datetime import datetime
from typing import Literal

from sqlalchemy import func
from sqlmodel import and_, col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Role
from domain.hooks import gives_up
from store.tables import AuditRow, HookDeliveryRow, HookEndpointRow, HookEventRow, MerchantRow


async def note_success(session: AsyncSession, endpoint: str) -> None:
    """It works: whatever failed before is forgotten."""
    failing = and_(col(HookEndpointRow.id) == endpoint, col(HookEndpointRow.failures) > 0)
    await session.exec(update(HookEndpointRow).where(failing).values(failures=0, failing_since=None))


async def note_failure(
    session: AsyncSession, row: HookDeliveryRow, now: datetime
) -> Literal["queued", "paused"]:
    """One more failed try. After a long time of nothing else the endpoint is paused: what waits for it stays queued."""
    this = col(HookEndpointRow.id) == row.endpoint
    since = func.coalesce(HookEndpointRow.failing_since, now)
    count = update(HookEndpointRow).where(this)
    await session.exec(count.values(failures=HookEndpointRow.failures + 1, failing_since=since))
    endpoint = await session.get(HookEndpointRow, row.endpoint, populate_existing=True)
    if endpoint is None or endpoint.status != "active" or endpoint.failing_since is None:
        return "queued"
    if not gives_up(endpoint.failures, endpoint.failing_since, now):
        return "queued"
    endpoint.status, endpoint.reason = "paused", "failing"
    facts: dict[str, str | int] = {
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since.isoformat(),
    }
    await _audit(session, row.merchant, "webhook_endpoint_paused", row.endpoint, now, **facts)
    return "paused"


async def note_dead(session: AsyncSession, row: HookDeliveryRow, reason: str, now: datetime) -> None:
    """A dead letter is told of where people look: in the audit."""
    event = await session.get(HookEventRow, row.event)
    facts: dict[str, str | int] = {"endpoint": row.endpoint, "reason": reason, "attempts": row.attempts}
    name = event.event if event else str(row.event)
    await _audit(session, row.merchant, "webhook_dead", name, now, **facts)


async def disable(session: AsyncSession, row: HookDeliveryRow, now: datetime) -> None:
    """Nothing more is written for it; what waits is dead and may be replayed once it is active again."""
    this = update(HookEndpointRow).where(col(HookEndpointRow.id) == row.endpoint)
    await session.exec(this.values(status="disabled", reason="gone"))
    waiting = and_(col(HookDeliveryRow.endpoint) == row.endpoint, col(HookDeliveryRow.status) == "queued")
    end = {"status": "dead", "reason": "endpoint_gone", "ended_at": now, "lease_until": None}
    dead = (await session.exec(update(HookDeliveryRow).where(waiting).values(**end))).rowcount
    await _audit(session, row.merchant, "webhook_endpoint_disabled", row.endpoint, now, dead=dead)


async def _audit(
    session: AsyncSession, merchant: str, what: str, subject: str, now: datetime, **facts: str | int
) -> None:
    shop = await session.get(MerchantRow, merchant)
    session.add(
        AuditRow(
            merchant=merchant,
            at=(shop and shop.clock) or now,
            written_at=now,
            role=Role.SYSTEM,
            name="dispatcher",
            what=what,
            subject=subject,
            facts=json.dumps(facts),
        )
    )
