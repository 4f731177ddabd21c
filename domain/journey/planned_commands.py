"""Planned commands of people: each is performed when its time has come, by the rules and the state of that moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.actors import SYSTEM
from domain.journey.plannable import command_name, read_command
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.planned_command import PlannedCommand
from domain.model.state import JourneyState


def planned_commands_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Each planned command at its time; until then a person may take it back."""
    for planned in state.planned_commands:
        action = PerformPlanned(plan=planned.plan)
        yield ScheduledAction(at=planned.due_at, owner="agent", action=action, reason=planned.command)


class PerformPlanned(Change):
    """Perform a planned command whose time has come."""

    kind: ClassVar = "perform_planned"
    plan: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        planned = next((one for one in state.planned_commands if one.plan == self.plan), None)
        if planned is not None:
            perform(state, planned, now)


def perform(state: JourneyState, planned: PlannedCommand, now: datetime) -> None:
    """Perform it. What no longer fits is refused as it would be now; the audit has the reasons."""
    state.planned_commands = [one for one in state.planned_commands if one.plan != planned.plan]
    command = read_command(planned.command, planned.body)
    violations = command.violations(state, now)
    if not violations:
        command.execute(state, now)
        return
    reasons = ",".join(sorted({one.code for one in violations}))
    subject = planned.subject or state.order.order
    state.audit(
        now, SYSTEM, "planned_command_refused", subject, command=command_name(command), reasons=reasons
    )
