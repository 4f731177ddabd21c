"""Command: plan another command of a person, which has its effect after a short while unless it is taken back."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain.journey.plannable import command_name, read_command, same_effect, subject_of, without_expectations
from domain.model.command import Command
from domain.model.planned_command import PlannableName, PlannedCommand
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted

MAX_PLANNED = 5  # of one order at a time


class PlanCommand(Command):
    """Plan the command that `body` holds as JSON, `seconds` from now."""

    command: PlannableName
    body: Annotated[str, Field(max_length=32_000)]
    seconds: Annotated[int, Field(ge=1, le=3600)]

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        twin = next(
            (one for one in state.planned_commands if same_effect(one, self.command, self.body)), None
        )
        if twin is not None:
            details: dict[str, str | int] = {"until": twin.due_at.isoformat()}
            return [Violation(code=Reason.ALREADY_PLANNED, details=details)]
        if len(state.planned_commands) >= MAX_PLANNED:
            return [Violation(code=Reason.TOO_MANY_PLANNED, details={"max": MAX_PLANNED})]
        return read_command(self.command, self.body).violations(state, now)

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        command = without_expectations(read_command(self.command, self.body))
        planned = PlannedCommand(
            plan=self.command_id,
            command=self.command,
            body=command.model_dump_json(),
            subject=subject_of(command),
            by=self.actor,
            planned_at=now,
            due_at=now + timedelta(seconds=self.seconds),
        )
        state.planned_commands = [*state.planned_commands, planned]
        until = planned.due_at.isoformat()
        subject = planned.subject or state.order.order
        state.audit(now, self.actor, "command_planned", subject, command=command_name(command), until=until)
        return accepted(planned.plan)
