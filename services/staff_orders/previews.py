"""Previews of commands: the journey's own rules on a copy of the last snapshot. Nothing is sent to the journey."""

from dataclasses import dataclass

from domain.journey.command_choices import CommandChoice, command_of
from domain.journey.preview import CommandPreview, preview
from domain.model.command import Command
from domain.reasons import CommandResult
from services.commands import CommandContext
from services.order_reader import FoundOrder, OrderReader

NO_REASON_YET = "preview"
"""Stands for the reason of a command that is only looked at."""


@dataclass(frozen=True)
class CommandPreviews:
    """What a command would change."""

    orders: OrderReader

    async def of_choice(
        self, context: CommandContext, order: FoundOrder, choice: CommandChoice
    ) -> tuple[CommandResult, CommandPreview | None]:
        """The same for what a person wants, before they have given a reason. Raises KeyError for an unknown command."""
        return await self.of(context, order, command_of(choice, NO_REASON_YET, context.envelope()))

    async def of(
        self, context: CommandContext, order: FoundOrder, command: Command
    ) -> tuple[CommandResult, CommandPreview | None]:
        """What the journey would answer now, and what would change; None where it would refuse. Raises OrderNotStarted."""
        state = (await self.orders.state(order)).state
        now = context.business_now
        return preview(state, command, max(now, state.clock) if state.clock else now)
