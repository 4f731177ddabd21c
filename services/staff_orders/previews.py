"""Previews of commands: the journey's own rules on a copy of the last snapshot. Nothing is sent to the journey."""

from dataclasses import dataclass

from domain.journey.command_choices import CommandChoice, command_of
from domain.journey.preview import CommandPreview, preview
from domain.model.command import Command
from domain.reasons import CommandResult
from services.commands import CommandContext
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader

NO_REASON_YET = "preview"
"""Stands for the reason of a command that is only looked at."""


@dataclass(frozen=True)
class CommandPreviews:
    """What a command would change."""

    orders: OrderReader

    async def of_choice(
        self, context: CommandContext, order: FoundOrder, choice: CommandChoice, customer_text: str = ""
    ) -> tuple[CommandResult, CommandPreview | None]:
        """The same for what a person wants, before they have given a reason. Raises KeyError for an unknown command."""
        command = command_of(choice, NO_REASON_YET, context.envelope(), customer_text)
        return await self.of(context, order, command)

    async def of(
        self, context: CommandContext, order: FoundOrder, command: Command
    ) -> tuple[CommandResult, CommandPreview | None]:
        """What the journey would answer now, and what would change; None where it would refuse."""
        state = (await self.orders.state(order)).state
        now = context.business_now
        result, found = preview(state, command, max(now, state.clock) if state.clock else now)
        return result, await self._opened(found) if found is not None else None

    async def _opened(self, found: CommandPreview) -> CommandPreview:
        """With the texts of its letters in clear."""
        vault = self.orders.vault
        letters = [
            one.model_copy(update={"text": await open_text(vault, one.text)}) if one.text else one
            for one in found.letters
        ]
        return found.model_copy(update={"letters": tuple(letters)})
