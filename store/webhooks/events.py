"""Events for outgoing webhooks, written in the transaction of the change; none for merchants without endpoints."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.journey.order_view import order_view
from domain.model.notice import Notice
from domain.model.state import JourneyState
from domain.webhooks.events import Event, events_between, notice_sent
from store.engine.columns import real_now
from store.engine.inserts import insert_new
from store.tables.all import OutboxRow, SnapshotRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookEventRow


def has_active_endpoints(merchant: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether the merchant has an endpoint that is not disabled. To add to another query, since few merchants have one."""
    return exists().where(
        col(WebhookEndpointRow.merchant) == merchant, col(WebhookEndpointRow.status) != "disabled"
    )


_HAS_ACTIVE = select(has_active_endpoints(bindparam("merchant")))


async def enqueue_changes(
    session: AsyncSession, before: str | None, after: JourneyState, as_of: datetime
) -> None:
    """Queue what is different now for the merchant's endpoints. `before`: the snapshot that this state replaces, as JSON."""
    replaced = JourneyState.model_validate_json(before) if before is not None else None
    view_before = order_view(replaced, as_of) if replaced is not None else None
    await enqueue(session, after.order.merchant, events_between(view_before, order_view(after, as_of)))


async def enqueue_notice_sent(session: AsyncSession, row: OutboxRow, sent_at: datetime) -> None:
    """Queue for the merchant's endpoints that this notice was sent. Locks the snapshot, to keep the order of the events."""
    connection = await session.connection()
    if not (await connection.execute(_HAS_ACTIVE, {"merchant": row.merchant})).scalar_one():
        return
    snapshot = await session.get(SnapshotRow, row.order, with_for_update=True)
    if snapshot is None:
        return
    notice = Notice.model_validate_json(row.notice)
    view = order_view(JourneyState.model_validate_json(snapshot.state), snapshot.as_of)
    event = notice_sent(view, sent_at, notice.key, notice.kind, notice.subject)
    same = select(WebhookEventRow.id).where(
        WebhookEventRow.merchant == row.merchant,
        WebhookEventRow.order == row.order,
        WebhookEventRow.type == event.type,
        WebhookEventRow.subject == event.subject,
    )
    if (await session.exec(same.limit(1))).first() is None:
        await enqueue(session, row.merchant, [event])


async def enqueue(session: AsyncSession, merchant: str, events: Sequence[Event]) -> None:
    """Write the events and a delivery for each endpoint that subscribes to them. The same event again changes nothing."""
    query = select(WebhookEndpointRow.id, WebhookEndpointRow.events).where(
        WebhookEndpointRow.merchant == merchant, WebhookEndpointRow.status != "disabled"
    )
    # An endpoint that is being deleted must not get rows after its last one was.
    found = (await session.exec(query.with_for_update(read=True, key_share=True))).all()
    subscriptions = {endpoint: set(json.loads(types)) for endpoint, types in found}
    for event in events:
        subscribed = [
            endpoint for endpoint, types in subscriptions.items() if not types or event.type in types
        ]
        await _write(session, merchant, event, subscribed)


async def _write(session: AsyncSession, merchant: str, event: Event, endpoints: Sequence[str]) -> None:
    now = real_now()
    name = event.id(merchant)
    row = WebhookEventRow(
        event=name,
        merchant=merchant,
        order=event.order,
        subject=event.subject,
        type=event.type,
        seq=event.seq,
        body=event.body(),
        created_at=now,
    )
    if not await insert_new(session, row):
        return
    row.id = (await session.exec(select(WebhookEventRow.id).where(WebhookEventRow.event == name))).one()
    session.add_all(delivery_row(endpoint, row, now) for endpoint in endpoints)


def delivery_row(endpoint: str, event: WebhookEventRow, now: datetime) -> WebhookDeliveryRow:
    """A delivery of a written event to that endpoint, due now."""
    assert event.id is not None
    return WebhookDeliveryRow(
        endpoint=endpoint,
        event=event.id,
        merchant=event.merchant,
        order=event.order,
        created_at=now,
        not_before=now,
    )
