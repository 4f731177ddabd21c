"""What is written because an order has a new state: everything but its snapshot, in the transaction that writes that."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model.state import JourneyState
from store.figures.facts import write_changes
from store.ledger.disputes import post_disputes
from store.orders.derived_rows import NO_ROWS, DerivedRows
from store.orders.projection import enqueue_notices, project, write_audit_log
from store.orders.storefront_updates import enqueue_updates
from store.webhooks.events import enqueue_changes

STORED_ELSEWHERE = {"pending_notices", "audit_log"}  # of a state: written to tables of their own


@dataclass(frozen=True)
class StateChange:
    """A new state of an order.

    state: with the notices and audit entries that came with it.
    now: its business time.
    has_endpoints: whether the merchant has webhook endpoints.
    before: the state that it replaces, as JSON; None for an order's first.
    rows, held: those that follow from the state, and from the one before.
    """

    state: JourneyState
    now: datetime
    has_endpoints: bool
    rows: DerivedRows
    before: str | None = None
    held: DerivedRows = NO_ROWS


def kept(state: JourneyState) -> JourneyState:
    """The state as its snapshot has it."""
    return state.model_copy(update={"pending_notices": [], "audit_log": []})


async def write_change(session: AsyncSession, change: StateChange) -> None:
    """Write what the change makes different. The caller holds the order's lock, and has written the summary on its row."""
    state, now, rows = kept(change.state), change.now, change.rows
    await enqueue_notices(session, change.state)
    await write_audit_log(session, change.state)
    await project(session, state, change.held, rows)
    await write_changes(session, change.state, change.held.facts, rows.facts, now)
    await post_disputes(session, state, now)
    if change.has_endpoints:
        await enqueue_changes(session, change.before, state, now)
    await enqueue_updates(session, state, now)
