"""Command: lines were added to the order, and paid."""

from datetime import datetime

from domain.model.command import Command
from domain.model.extension import OrderExtended
from domain.model.state import JourneyState
from domain.orders.extension import apply_extension
from domain.reasons import CommandResult, Violation, accepted


class AddLines(Command):
    """Follow the lines that were added. They are written and paid, so they cannot be refused; again changes nothing."""

    extension: OrderExtended

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        news = apply_extension(state, self.extension, now)
        return accepted(state.order.order).model_copy(update={"repeated": not news})
