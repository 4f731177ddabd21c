"""I2: an order has one snapshot and at most one open run, and one while it waits; no run fails or restarts for ever."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.journey import agenda
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from runtime.verify.sources import FailingJourney, VisibleRun
from store.engine.columns import real_now
from store.tables.all import OrderRow

_RECENT = timedelta(hours=1)
_STARTED_BY = timedelta(minutes=1)  # after it was placed
_MAX_RECENT_RUNS = 30


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order has at most one open run, and one while it waits for something."""
    runs = records.runs or 0
    if runs > 1:
        yield _broken(records, f"order {records.id} has {runs} open runs, at most one is allowed")
    if records.state is None or records.snapshot is None:
        return
    if (records.state.order.order, records.state.seq) != (records.id, records.snapshot.seq):
        yield _broken(records, f"the snapshot of order {records.id} holds the state of another order or seq")
    action = agenda.next_action(records.state)
    young = records.row.created_at > real_now() - _STARTED_BY
    may_start = records.row.intent == "placed" and young and not context.quiesced  # the next sweep sees to it
    if not records.state.at_rest and action is not None and not runs and not may_start:
        yield _broken(
            records,
            f"order {records.id} waits for {action.reason} until {action.at.isoformat()} but no run is open",
        )


async def unknown_runs(
    session: AsyncSession, pages: AsyncIterator[list[str]], counts: dict[str, int]
) -> AsyncIterator[BrokenInvariant]:
    """Runs of orders that do not exist. The runs are added to `counts`."""
    async for page in pages:
        counts["runs"] += len(page)
        named = {keys.order_of_workflow(workflow_id)[1] for workflow_id in page}
        query = select(OrderRow.merchant, OrderRow.id).where(col(OrderRow.id).in_(named))
        known = {keys.workflow_id(*order) for order in (await session.exec(query)).all()}
        for workflow_id in sorted(set(page) - known):
            message = f"run {workflow_id} is open for an order that is not in the store"
            yield _broken_run(workflow_id, message)


def failing(journeys: list[FailingJourney]) -> Iterator[BrokenInvariant]:
    """Journeys that make no progress: what they wait for stays undone until the cause is mended."""
    for journey in journeys:
        merchant, order = keys.order_of_workflow(journey.id)
        message = (
            f"the journey of order {order} of {merchant} fails again and again ({journey.problem}); "
            "the worker's log has the cause, and it goes on by itself once that is mended"
        )
        yield _broken_run(order, message)


def restarting(newest: list[VisibleRun]) -> Iterator[BrokenInvariant]:
    """Journeys that are started again and again: people and carriers need far fewer runs of one order within an hour."""
    started = {run.run_id: (run.id, run.started_at) for run in newest if run.started_at is not None}
    last = max((at for _, at in started.values() if at), default=None)
    recent = Counter(name for name, at in started.values() if at and last and at > last - _RECENT)
    for workflow_id, times in sorted(recent.items()):
        if times > _MAX_RECENT_RUNS:
            merchant, order = keys.order_of_workflow(workflow_id)
            message = (
                f"the journey of order {order} of {merchant} was started {times} times within an hour; "
                "look at its history in Temporal, and end what asks it again and again"
            )
            yield _broken_run(order, message)


def _broken_run(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I2", subject=subject, message=message)


def _broken(records: OrderRecords, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I2", subject=records.id, message=message)
