"""An order's first snapshot: how its journey begins, written with the order itself."""

import json
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import SYSTEM
from domain.journey import agenda
from domain.model.order import Order
from domain.model.order_rules import OrderRules, rules_for
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from store.engine.columns import real_now
from store.engine.inserts import insert_values
from store.orders.derived_rows import rows_of
from store.orders.snapshots import Snapshot, snapshot_values
from store.orders.state_changes import StateChange, kept, write_change
from store.tables.all import CarrierAccountRow, MerchantRow, OrderRow, PolicyRow, SnapshotRow
from store.webhooks.events import has_active_endpoints


@dataclass(frozen=True)
class FirstState:
    """A state that nothing was written of yet. `has_endpoints`: whether the merchant has webhook endpoints."""

    state: JourneyState
    has_endpoints: bool


async def first_state(
    session: AsyncSession, merchant: MerchantRow, order: Order, row: OrderRow
) -> FirstState:
    """With the terms of the policy of the order's row, at the merchant's time."""
    polled = exists().where(col(CarrierAccountRow.merchant) == merchant.id)
    query = select(PolicyRow.document, polled, has_active_endpoints(merchant.id)).where(
        PolicyRow.merchant == merchant.id, PolicyRow.version == row.policy
    )
    document, polling, has_endpoints = (await session.exec(query)).one()
    off_days = tuple(date.fromisoformat(day) for day in json.loads(row.off_days))
    terms = compile_terms(Policy.model_validate_json(document), row.policy, order, off_days)
    state = JourneyState(
        order=order,
        terms=terms,
        rules_version=agenda.LATEST,
        clock=merchant.clock,
        polling=bool(polling),
        seq=1,
    )
    state.audit(order.placed_at, SYSTEM, "placed", order.order)
    return FirstState(state, bool(has_endpoints))


async def rules_of_added(session: AsyncSession, row: OrderRow, order: Order, known: int) -> OrderRules:
    """The rows for the lines after the known ones, of the policy that the order keeps."""
    if len(order.lines) == known:
        return OrderRules()
    policy = await session.get_one(PolicyRow, (row.merchant, row.policy))
    return rules_for(Policy.model_validate_json(policy.document).tables, order, order.lines[known:])


async def write_first(session: AsyncSession, first: FirstState) -> Snapshot:
    """Write the snapshot and all that comes with it. The order's row is written, with its summary."""
    now = first.state.clock or real_now()
    snapshot = Snapshot(kept(first.state), now)
    change = StateChange(first.state, now, first.has_endpoints, rows_of(snapshot.state))
    await insert_values(session, SnapshotRow, [snapshot_values(snapshot.state, now)])
    await write_change(session, change)
    return snapshot
