"""Rows that a commit derives from the journey's state: to find and list things, to send notices, and for the audit log."""

import json
from typing import Any

from sqlalchemy import bindparam, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import notice_keys
from domain.journey import agenda
from domain.model.order import Order
from domain.model.state import JourneyState
from domain.payments.rules import pending_payments, unanswered_payments
from store.engine.columns import real_now
from store.engine.direct_statements import write
from store.engine.inserts import insert_new_values, insert_values, table_of, upsert_values
from store.inbox.parking import unpark_for_parcel
from store.orders.derived_rows import DerivedRows, changed
from store.tables.all import (
    AttentionRow,
    AuditRow,
    DatePromiseRow,
    OrderRow,
    OutboxRow,
    ParcelRow,
    ReturnRow,
)

_ATTENTION = table_of(AttentionRow)
_NO_QUESTIONS = delete(_ATTENTION).where(_ATTENTION.c.order == bindparam("this_order"))


async def project(session: AsyncSession, state: JourneyState, before: DerivedRows, now: DerivedRows) -> None:
    """Update the rows beside the order's own from those of the state before to those that it has now."""
    await _add_exchanged_lines(session, state)
    await upsert_values(session, ReturnRow, changed(before.returns, now.returns))
    await _list_parcels(session, before, now)
    await upsert_values(session, DatePromiseRow, changed(before.date_promises, now.date_promises))
    if now.questions != before.questions:
        await write(session, _NO_QUESTIONS, {"this_order": state.order.order})
        await insert_values(session, AttentionRow, [*now.questions.values()])


def summary(state: JourneyState) -> dict[str, Any]:
    """What the order's own row says of its state, as the snapshot has it."""
    waiting = agenda.next_action(state)
    return {
        "stage": state.stage,
        "delivered": state.delivered,
        "next_deadline": waiting.at if waiting else None,
        "next_owner": waiting.owner if waiting else "",
        "next_reason": waiting.reason if waiting else "",
        "payments_pending": pending_payments(state),
        "unpaid_since": real_now() if unanswered_payments(state) else None,
    }


async def _add_exchanged_lines(session: AsyncSession, state: JourneyState) -> None:
    """Add the lines of goods that left in exchange: the journey made them, and no storefront reports them.

    The row may have more than the journey knows of yet, so nothing else of it is written.
    """
    exchanged = state.exchanged_lines()
    if not exchanged:
        return
    row = await session.get_one(OrderRow, state.order.order)
    order = Order.model_validate_json(row.body)
    lines = tuple(
        line for line in state.order.lines if line.line_id in exchanged and order.line(line.line_id) is None
    )
    if lines:
        row.body = order.model_copy(update={"lines": (*order.lines, *lines)}).model_dump_json()


async def _list_parcels(session: AsyncSession, before: DerivedRows, now: DerivedRows) -> None:
    """Write new parcels. Deliveries that were parked for them are received again."""
    fresh = [row for name, row in now.parcels.items() if name not in before.parcels]
    await insert_values(session, ParcelRow, fresh)
    for row in fresh:
        await unpark_for_parcel(session, row["merchant"], row["normalized_number"])


async def enqueue_notices(session: AsyncSession, state: JourneyState) -> None:
    """Queue each notice once: its key is unique for the merchant."""
    merchant, now = state.order.merchant, real_now()
    rows = [
        {
            "merchant": merchant,
            "order": state.order.order,
            "customer": state.order.customer.customer,
            "key": notice.key,
            "kind": notice.kind,
            "notice": notice.model_dump_json(),
            "message_id": notice_keys.message(merchant, notice.key),
            "created_at": now,
            "not_before": now,
        }
        for notice in state.pending_notices
    ]
    await insert_new_values(session, OutboxRow, rows)


async def write_audit_log(session: AsyncSession, state: JourneyState) -> None:
    """Add the audit entries of this commit, in their order."""
    beside = {"merchant": state.order.merchant, "order": state.order.order, "written_at": real_now()}
    rows = [{**beside, **dict(entry), "details": json.dumps(entry.details)} for entry in state.audit_log]
    await insert_values(session, AuditRow, rows)
