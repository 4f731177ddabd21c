"""What is written because an order has a new state: everything but its snapshot, in the transaction that writes that."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.figures.changes import FactName, facts_of
from domain.figures.fact import FigureFact
from domain.model.state import JourneyState
from store.figures.facts import write_changes
from store.ledger.disputes import post_disputes
from store.orders.projection import enqueue_notices, project, write_audit_log
from store.orders.storefront_updates import enqueue_updates
from store.tables.all import OrderRow
from store.webhooks.events import enqueue_changes

STORED_ELSEWHERE = {"pending_notices", "audit_log"}  # of a state: written to tables of their own


@dataclass(frozen=True)
class StateChange:
    """A new state of an order.

    state: with the notices and audit entries that came with it.
    now: its business time.
    has_endpoints: whether the merchant has webhook endpoints.
    before: the state that it replaces, as JSON; None for an order's first.
    held: the facts of that one for the figures.
    """

    state: JourneyState
    now: datetime
    has_endpoints: bool
    before: str | None = None
    held: dict[FactName, FigureFact] = field(default_factory=dict)


def kept(state: JourneyState) -> JourneyState:
    """The state as its snapshot has it."""
    return state.model_copy(update={"pending_notices": [], "audit_log": []})


async def write_change(
    session: AsyncSession, row: OrderRow, change: StateChange
) -> dict[FactName, FigureFact]:
    """Write what the change makes different, on a row that has the new summary. All facts that hold now."""
    state, now, hold = kept(change.state), change.now, facts_of(change.state)
    await enqueue_notices(session, change.state)
    write_audit_log(session, change.state)
    await project(session, row, state, change.before)
    await write_changes(session, change.state, change.held, hold, now)
    await post_disputes(session, state, now)
    if change.has_endpoints:
        await enqueue_changes(session, change.before, state, now)
    await enqueue_updates(session, state, now)
    return hold
