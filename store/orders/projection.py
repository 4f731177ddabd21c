"""Rows that a commit derives from the journey's state: to find and list things, to send notices, and for the audit log."""

import json

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, notice_keys
from domain.journey import agenda
from domain.journey.attention_value import value_in_question
from domain.model import tracking_number
from domain.model.attention import AttentionItem
from domain.model.order import Order
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.money_status import money_status
from domain.payments.rules import pending_payments, unanswered_payments
from domain.returns import views
from store.engine.columns import real_now
from store.engine.inserts import insert_new, upsert_all
from store.inbox.parking import unpark_for_parcel
from store.orders.date_promises import list_date_promises
from store.tables.all import AttentionRow, AuditRow, OrderRow, OutboxRow, ParcelRow, ReturnRow


async def project(session: AsyncSession, row: OrderRow, state: JourneyState, before: str | None) -> None:
    """Update the rows beside the order's own to its new state. `before`: the snapshot of the rows that are there, as JSON."""
    previous = json.loads(before) if before else {}
    _add_exchanged_lines(row, state)
    await _list_returns(session, state)
    await _list_parcels(session, state, {parcel["parcel_id"] for parcel in previous.get("parcels", ())})
    if state.date_promises or state.follow_ups:
        await list_date_promises(session, state, previous)
    if state.attention or previous.get("attention"):
        await _list_attention(session, state)


def summarize(row: OrderRow, state: JourneyState) -> None:
    """Set what the order's own row says of its state, as the snapshot has it."""
    waiting = agenda.next_action(state)
    row.stage, row.delivered = state.stage, state.delivered
    row.next_deadline = waiting.at if waiting else None
    row.next_owner, row.next_reason = (waiting.owner, waiting.reason) if waiting else ("", "")
    row.payments_pending = pending_payments(state)
    if not unanswered_payments(state):
        row.unpaid_since = None
    elif row.unpaid_since is None:
        row.unpaid_since = real_now()


def _add_exchanged_lines(row: OrderRow, state: JourneyState) -> None:
    """Add the lines of goods that left in exchange: the journey made them, and no storefront reports them.

    The row may have more than the journey knows of yet, so nothing else of it is written.
    """
    exchanged = state.exchanged_lines()
    if not exchanged:
        return
    order = Order.model_validate_json(row.body)
    lines = tuple(
        line for line in state.order.lines if line.line_id in exchanged and order.line(line.line_id) is None
    )
    if lines:
        row.body = order.model_copy(update={"lines": (*order.lines, *lines)}).model_dump_json()


async def _list_returns(session: AsyncSession, state: JourneyState) -> None:
    """Write all in one statement: any change of the state may change their status."""
    if state.returns:
        await upsert_all(session, [_return_row(state, case) for case in state.returns])


def _return_row(state: JourneyState, case: ReturnCase) -> ReturnRow:
    return ReturnRow(
        id=case.return_id,
        merchant=state.order.merchant,
        order=state.order.order,
        number=case.number,
        code_hash=case.code_hash or None,
        status=views.status_of(state, case),
        goods=case.goods,
        money=money_status(state, case),
        opened_at=case.opened_at,
        rejected=bool(case.disputed) and not state.has_open("goods_condition", case.return_id),
    )


async def _list_parcels(session: AsyncSession, state: JourneyState, existing: set[str]) -> None:
    """Write new parcels. Deliveries that were parked for them are received again."""
    order, merchant = state.order.order, state.order.merchant
    for parcel in state.parcels:
        if parcel.parcel_id not in existing:
            number = tracking_number.normalize(parcel.tracking_number)
            session.add(
                ParcelRow(
                    order=order,
                    parcel=parcel.parcel_id,
                    merchant=merchant,
                    tracking_number=parcel.tracking_number,
                    normalized_number=number,
                    carrier=parcel.carrier,
                    shipped_on=parcel.shipped_on,
                    registered_at=parcel.registered_at,
                )
            )
            await unpark_for_parcel(session, merchant, number)


async def _list_attention(session: AsyncSession, state: JourneyState) -> None:
    """Replace the rows of the order's questions by those that are open now."""
    await session.exec(delete(AttentionRow).where(col(AttentionRow.order) == state.order.order))
    for item in state.attention:
        session.add(_attention_row(state, item))


def _attention_row(state: JourneyState, item: AttentionItem) -> AttentionRow:
    merchant, order = state.order.merchant, state.order.order
    value = value_in_question(state, item)
    return AttentionRow(
        order=order,
        merchant=merchant,
        id=item.id,
        item=keys.attention_item(merchant, order, item.id, item.opened_at),
        value=value.minor if value else None,
        currency=value.currency if value else "",
        **item.model_dump(exclude={"deadline", "overdue_since"}),
        deadline=item.due,
    )


async def enqueue_notices(session: AsyncSession, state: JourneyState) -> None:
    """Queue each notice once: its key is unique for the merchant."""
    merchant, now = state.order.merchant, real_now()
    for notice in state.pending_notices:
        await insert_new(
            session,
            OutboxRow(
                merchant=merchant,
                order=state.order.order,
                customer=state.order.customer.customer,
                key=notice.key,
                kind=notice.kind,
                notice=notice.model_dump_json(),
                message_id=notice_keys.message(merchant, notice.key),
                created_at=now,
                not_before=now,
            ),
        )


def write_audit_log(session: AsyncSession, state: JourneyState) -> None:
    """Add the audit entries of this commit, in their order."""
    now = real_now()
    for entry in state.audit_log:
        session.add(
            AuditRow(
                merchant=state.order.merchant,
                order=state.order.order,
                written_at=now,
                details=json.dumps(entry.details),
                **entry.model_dump(exclude={"details"}),
            )
        )
