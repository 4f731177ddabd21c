"""Changes of a return that is open: cancelled, or received by the warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.received_goods import ReceivedLine
from domain.reasons import CommandResult
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.receive import ReceiveGoods
from services.commands import CommandContext, CommandExecutor
from services.returns.reader import FoundReturn
from services.sealed_text import seal_text
from store.privacy.vault import Vault


@dataclass(frozen=True)
class ReturnChanges:
    """The use cases. A refusal is a result with every reason. All raise OrderBusy and JourneyUnavailable."""

    commands: CommandExecutor
    vault: Vault

    async def cancel(self, context: CommandContext, found: FoundReturn, reason: str = "") -> CommandResult:
        """Cancel a return while nothing irreversible has happened; its units may be returned again."""
        sealed = await seal_text(self.vault, found.order, reason)
        command = CancelReturn(**context.envelope(), return_id=found.return_id, reason=sealed)
        return await self.commands.execute(context, found.order, command)

    async def receive(
        self, context: CommandContext, found: FoundReturn, lines: Sequence[ReceivedLine] = ()
    ) -> CommandResult:
        """The warehouse received goods; without `lines` everything that was announced and is still missing."""
        command = ReceiveGoods(**context.envelope(), return_id=found.return_id, lines=tuple(lines))
        return await self.commands.execute(context, found.order, command)
