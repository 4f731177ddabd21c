"""Every command of people passes the gate: one place sends commands to journeys, and few may say that one was judged."""

import ast
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from domain.actors import Role
from domain.journey.commands import COMMANDS
from domain.reasons import Reason, Violation, accepted
from services.commands import CommandExecutor
from services.per_order_limiter import PerOrderLimiter
from tests.services.test_commands import ORDER, FakeAudit, FakeJourneys, context

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "pages", "runtime", "services")


class ClosedGate:
    """A gate that lets no command pass."""

    async def needed(self, *_: Any) -> Violation:
        return Violation(code=Reason.APPROVAL_NEEDED)


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of the code behind routes and pages, with its file."""
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return tuple(
        (str(file.relative_to(ROOT)), node)
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_no_command_of_the_table_reaches_a_journey_past_the_gate(name: str) -> None:
    journeys, audit, unused = FakeJourneys(accepted()), FakeAudit(), cast(Any, None)
    executor = CommandExecutor(
        unused, cast(Any, journeys), PerOrderLimiter(), unused, cast(Any, audit), ClosedGate()
    )
    result = await executor.execute(context(Role.AGENT), ORDER, COMMANDS[name].model_construct())
    assert [one.code for one in result.reasons] == [Reason.APPROVAL_NEEDED]
    assert (journeys.executed, audit.lines) == ([], []), "the gate has written its own line"


def test_only_the_executor_and_the_storefronts_reader_send_commands_to_journeys() -> None:
    sent = {file for file, call in calls() if ast.unparse(call.func).endswith("journeys.execute")}
    assert sent == {"services/commands.py", "services/inbound/storefronts.py"}


def test_only_the_undo_window_says_that_a_command_was_judged_and_only_a_decision_that_it_was_approved() -> (
    None
):
    said = {
        (file, key.arg)
        for file, call in calls()
        for key in call.keywords
        if key.arg in ("judged", "approved")
    }
    assert {file for file, name in said if name == "judged"} == {
        "services/commands.py", "services/staff_orders/undo_window.py",
    }  # fmt: skip
    assert {file for file, name in said if name == "approved"} == {
        "services/staff_orders/approval_decisions.py"
    }


def test_pages_of_staff_give_commands_by_the_undo_window_alone() -> None:
    past = {
        (file, ast.unparse(call.func))
        for file, call in calls()
        if file.startswith(("pages/", "services/console/"))
        and ast.unparse(call.func).endswith((".commands.execute", ".commands.send"))
    }
    assert past == set()
