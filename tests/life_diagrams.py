"""The diagrams in docs/life.md, drawn from runs of the rules: `python -m tests.life_diagrams` writes them."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from demo import plan, samples
from demo.actions import OrderPlan, PostOrder
from domain.journey import agenda
from domain.model.state import Stage
from domain.returns.views import ReturnStatus, status_of
from tests.runtime.demo_dry_run import DryRun

PAGE = Path(__file__).parents[1] / "docs" / "life.md"
START = "[*]"
Way = tuple[str, str]
ORDERS = 60  # every scenario happens
ORDER_WAYS: dict[Way, str] = {
    (START, "placed"): "the shop places it",
    ("placed", "shipped"): "a parcel moves",
    ("placed", "delivered"): "its first news is the delivery",
    ("placed", "cancelled"): "cancelled before it left",
    ("shipped", "delivered"): "every unit has arrived",
    ("shipped", "closed"): "lost goods were paid back",
    ("delivered", "closed"): "the return window is over, nothing is open",
    ("closed", "delivered"): "something is open again",
}
RETURN_WAYS: dict[Way, str] = {
    (START, "authorized"): "within the policy",
    (START, "in_review"): "a person decides",
    ("in_review", "authorized"): "approved",
    ("in_review", "refused"): "refused",
    ("authorized", "dropped_off"): "handed over, paid later",
    ("authorized", "received"): "received by mail",
    ("authorized", "settled"): "handed over and paid",
    ("authorized", "cancelled"): "the customer cancels",
    ("authorized", "expired"): "the code was not used",
    ("dropped_off", "received"): "received",
    ("received", "settled"): "paid",
    # A provider that fails is not part of the demo.
    ("dropped_off", "needs_attention"): "a payment fails",
    ("received", "needs_attention"): "a payment fails",
    ("needs_attention", "settled"): "paid at last",
}
FAILURES = {way for way in RETURN_WAYS if "needs_attention" in way}


def observed() -> tuple[set[Way], set[Way]]:
    """The ways that the demo's orders and their returns take, under the rules as they are."""
    made = plan.make(1, ORDERS, samples.load(samples.FOLDER), "demo")
    orders: set[Way] = set()
    returns: set[Way] = set()
    for order in made.orders:
        last: dict[str, str] = {}
        for run in _moments(order, made):
            stages = {"": run.state.stage}
            statuses = {case.return_id: status_of(run.state, case) for case in run.state.returns}
            for name, now in [*stages.items(), *statuses.items()]:
                was = last.get(name, START)
                if was != now:
                    (returns if name else orders).add((was, now))
                last[name] = now
    return orders, returns


def _moments(order: OrderPlan, made: plan.DemoPlan) -> Iterable[DryRun]:
    """The run of the order after each change."""
    placed = order.steps[0].action
    assert isinstance(placed, PostOrder)
    run = DryRun(placed, order)
    yield run
    for step in [*order.steps[1:], None]:
        until = step.at if step else made.ends
        while (waiting := agenda.next_action(run.state)) is not None and waiting.at <= until:
            run.until(max(run.now, waiting.at))
            yield run
        run.until(until)
        yield run
        if step:
            run.perform(step.action)
            yield run


def diagram(ways: dict[Way, str]) -> str:
    """The state diagram of these ways as mermaid."""
    lines = [f"    {before} --> {after}: {why}" for (before, after), why in ways.items()]
    ends = sorted({after for _, after in ways} - {before for before, _ in ways})
    return "\n".join(
        ["```mermaid", "stateDiagram-v2", *lines, *(f"    {end} --> [*]" for end in ends), "```"]
    )


def page(text: str) -> str:
    """The page with fresh diagrams between its marks."""
    for name, ways in (("order", ORDER_WAYS), ("return", RETURN_WAYS)):
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- end of {name} -->\n")
        text = f"{before}<!-- {name} -->\n{diagram(ways)}\n<!-- end of {name} -->\n{after}"
    return text


STAGES, STATUSES = frozenset(get_args(Stage)), frozenset(get_args(ReturnStatus))

if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
