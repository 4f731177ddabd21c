"""The picture of an order's life in the README, drawn from a run of the rules: `python -m tests.life_picture` writes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from demo import plan, samples
from demo.actions import PostDropOffScan, PostOrder
from services.orders.life import life_of
from services.orders.life_picture import draw_life
from tests.runtime.demo_dry_run import DryRun

PICTURE = Path(__file__).parents[1] / "docs" / "order-life.svg"


@dataclass(frozen=True)
class RecordedFact:
    """A line of the timeline."""

    at: datetime
    kind: str
    action: str
    subject: str = ""
    status: str | None = None
    role: str | None = None


def picture() -> str:
    """The life of the demo's late order whose goods were returned, when they had just been dropped off."""
    made = plan.make(1, plan.ALL_SCENARIOS, samples.load(samples.FOLDER), "demo")
    order = next(one for one in made.orders if (one.scenario, one.returns) == ("late_estimate", "refunded"))
    placed = order.steps[0].action
    assert isinstance(placed, PostOrder)
    run = DryRun(placed, order)
    for step in order.steps[1:]:
        run.until(step.at)
        run.perform(step.action)
        if isinstance(step.action, PostDropOffScan):
            break
    run.until(run.now + timedelta(hours=2))
    title = f"Order {order.order_id}: late, then returned"
    return draw_life(life_of(title, facts(run), run.state, run.now))


def facts(run: DryRun) -> list[RecordedFact]:
    """What the timeline of the API has of such a run."""
    scans = [
        RecordedFact(scan.at, "scan", scan.status, parcel.tracking_number)
        for parcel in run.state.parcels
        for scan in parcel.scans
    ]
    notices = [RecordedFact(at, "notice", notice.kind, notice.subject, "sent") for notice, at in run.notices]
    lines = [
        RecordedFact(line.at, _kind(line.action), line.action, line.subject, role=line.role)
        for line in run.state.audit_log
    ]
    return sorted([*lines, *scans, *notices], key=lambda fact: fact.at)


def _kind(action: str) -> str:
    return "money" if action.startswith("payment") else "decision"


if __name__ == "__main__":
    PICTURE.write_text(picture())
