"""Every start and activity carries the merchant as its fairness key, so one merchant's load does not starve the others."""

import ast
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from runtime.processes.embedded_temporal import TUNING

ROOT = Path(__file__).parents[2]
# Calls that put something into a task queue. A signal or a query to a running journey adds no task of its own, and a local
# activity is a part of its workflow task.
PUTTING = {
    "execute_activity", "execute_activity_method", "start_activity", "start_activity_method",
    "start_workflow", "execute_workflow", "execute_child_workflow", "start_child_workflow",
    "WithStartWorkflowOperation",
}  # fmt: skip
OF_ALL_MERCHANTS = ("ReconciliationActivities.list_accounts",)
ROOMS = ("workflows", "services", "runtime", "api", "activities", "store")


def calls() -> list[tuple[str, ast.Call]]:
    """Every such call in our rooms, with its location."""
    places = []
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and _name(node) in PUTTING:
                    places.append((f"{file.relative_to(ROOT)}:{node.lineno}", node))
    return places


def _name(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_start_and_every_activity_carries_the_merchant_as_fairness_key() -> None:
    places = calls()
    assert len(places) >= 5, "the walk finds them"
    bare = []
    for place, call in places:
        if call.args and ast.unparse(call.args[0]) in OF_ALL_MERCHANTS:
            continue
        priority = next((keyword.value for keyword in call.keywords if keyword.arg == "priority"), None)
        text = ast.unparse(priority) if priority is not None else ""
        if not (text.startswith("Priority(fairness_key=") and text.endswith("merchant)")):
            bare.append(f"{place} {text}")
    assert bare == []


def test_the_embedded_server_has_fairness_enabled() -> None:
    assert TUNING["matching.enableFairness"] is True


@pytest.mark.parametrize(
    "history", sorted((ROOT / "tests/replay/histories").glob("*/*.json")), ids=lambda file: file.stem
)
def test_recorded_journeys_had_the_key_on_each_activity(history: Path) -> None:
    from temporalio.client import WorkflowHistory

    recorded = WorkflowHistory.from_json("order/acme/ord_1", history.read_text())
    keys = []
    for event in recorded.events:
        for name in (
            "workflow_execution_started_event_attributes",
            "activity_task_scheduled_event_attributes",
        ):
            if event.HasField(name):
                keys.append(MessageToDict(getattr(event, name)).get("priority", {}).get("fairnessKey"))
    assert keys
    assert None not in keys
    assert len(set(keys)) == 1, "one order is of one merchant"
