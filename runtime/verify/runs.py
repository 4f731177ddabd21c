"""I2: every order has one snapshot and at most one open run; a snapshot with a deadline has an open run."""

from collections.abc import Iterator

from domain.journey import agenda
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order has at most one open run, and one while it waits for something."""
    runs = context.runs[records.workflow_id]
    if runs > 1:
        yield _broken(records, f"order {records.id} has {runs} open runs, at most one is allowed")
    if records.state is None or records.snapshot is None:
        return
    if (records.state.order.order, records.state.seq) != (records.id, records.snapshot.seq):
        yield _broken(records, f"the snapshot of order {records.id} holds the state of another order or seq")
    action = agenda.next_action(records.state)
    if not records.state.at_rest and action is not None and not runs:
        yield _broken(
            records,
            f"order {records.id} waits for {action.reason} until {action.at.isoformat()} but no run is open",
        )


def unknown_runs(workflow_ids: set[str], context: CheckContext) -> Iterator[BrokenInvariant]:
    """Runs of orders that do not exist."""
    for workflow_id in sorted(set(context.runs) - workflow_ids):
        message = f"run {workflow_id} is open for an order that is not in the store"
        yield BrokenInvariant(invariant="I2", subject=workflow_id, message=message)


def _broken(records: OrderRecords, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I2", subject=records.id, message=message)
