"""I2: every order has one snapshot and at most one open run; a snapshot with a deadline has an open run."""

from collections.abc import Iterator

from domain import agenda
from runtime.verify.lives import Life, Look
from runtime.verify.report import Broken


def check(life: Life, look: Look) -> Iterator[Broken]:
    runs = look.runs[life.workflow_id]
    if runs > 1:
        yield _broken(life, f"order {life.id} has {runs} open runs, one is the most")
    if life.state is None or life.snapshot is None:
        return
    if (life.state.order.order, life.state.seq) != (life.id, life.snapshot.seq):
        yield _broken(life, f"the snapshot of order {life.id} holds the state of another order or seq")
    waited = agenda.next_deadline(life.state)
    if not life.state.at_rest and waited is not None and not runs:
        yield _broken(
            life, f"order {life.id} waits for {waited.why} until {waited.at.isoformat()} but no run is open"
        )


def strangers(known: set[str], look: Look) -> Iterator[Broken]:
    """Runs of orders that we do not have."""
    for workflow_id in sorted(set(look.runs) - known):
        says = f"run {workflow_id} is open for an order that is not in the store"
        yield Broken(invariant="I2", subject=workflow_id, says=says)


def _broken(life: Life, says: str) -> Broken:
    return Broken(invariant="I2", subject=life.id, says=says)
