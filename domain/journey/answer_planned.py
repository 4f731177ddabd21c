"""Command: take a planned command back, or have it happen at once."""

from datetime import datetime
from typing import Literal

from domain.actors import STAFF
from domain.journey.plannable import command_name, read_command
from domain.journey.planned_commands import perform
from domain.model.command import Command
from domain.model.planned_command import PlannedCommand
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class AnswerPlanned(Command):
    """Undo a planned command, or do it now. Once its time has come the journey has performed it, and this is refused."""

    plan: str
    answer: Literal["undo", "at_once"] = "undo"

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        planned = self._planned(state)
        if planned is None or planned.due_at <= now:
            return [Violation(code=Reason.NOTHING_TO_UNDO)]
        if self.actor.role not in STAFF and self.actor.name != planned.by.name:
            return [Violation(code=Reason.ROLE_TOO_LOW, details={"needed": "agent"})]
        return []

    def _planned(self, state: JourneyState) -> PlannedCommand | None:
        return next((one for one in state.planned_commands if one.plan == self.plan), None)

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        planned = self._planned(state)
        assert planned is not None
        if self.answer == "at_once":
            perform(state, planned, now)
            return accepted(planned.plan)
        state.planned_commands = [one for one in state.planned_commands if one is not planned]
        command = command_name(read_command(planned.command, planned.body))
        subject = planned.subject or state.order.order
        state.audit(now, self.actor, "command_undone", subject, command=command)
        return accepted(planned.plan)
