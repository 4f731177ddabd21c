"""Disputes as people state and assign them, where their provider reports nothing or the amount decides nothing."""

from dataclasses import dataclass

from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.state_dispute import StateDispute
from domain.reasons import CommandResult
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder
from services.sealed_text import seal_text
from store.privacy.vault import Vault


@dataclass(frozen=True)
class OrderDisputes:
    """Both seal what the person wrote. Raise OrderBusy and JourneyUnavailable."""

    commands: CommandExecutor
    vault: Vault

    async def state(self, context: CommandContext, order: FoundOrder, command: StateDispute) -> CommandResult:
        """State a dispute, or what became of one."""
        return await self._send(context, order, command)

    async def assign(
        self, context: CommandContext, order: FoundOrder, command: AssignDispute
    ) -> CommandResult:
        """Say for which units a bank has paid."""
        return await self._send(context, order, command)

    async def _send(
        self, context: CommandContext, order: FoundOrder, command: StateDispute | AssignDispute
    ) -> CommandResult:
        sealed = await seal_text(self.vault, order, command.note)
        return await self.commands.execute(context, order, command.model_copy(update={"note": sealed}))
