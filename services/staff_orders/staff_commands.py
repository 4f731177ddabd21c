"""The commands of staff: made from what was asked, with every text that a person wrote sealed."""

from dataclasses import dataclass

from domain.journey.close_question import CloseQuestion
from domain.journey.command_choices import CommandChoice, command_of
from domain.model.attention import AttentionKind
from domain.model.command import Command
from domain.model.override import OrderOverrideRequest, ReturnOverrideRequest
from domain.orders.commands.override_order import OverrideOrder
from domain.returns.commands.override_return import OverrideReturn
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.returns.reader import FoundReturn
from services.sealed_text import seal_text
from store.privacy.vault import Vault


@dataclass(frozen=True)
class StaffTexts:
    """What a person wrote with a command. reason: for colleagues. customer_text: what the customer is told of a refusal."""

    reason: str
    customer_text: str = ""


@dataclass(frozen=True)
class StaffCommands:
    """Makes commands; they are executed, previewed or planned by others."""

    vault: Vault

    async def command_of_choice(
        self, context: CommandContext, order: FoundOrder, choice: CommandChoice, texts: StaffTexts
    ) -> Command:
        """The command that does what the person wants, with its texts sealed. Raises KeyError for an unknown command."""
        reason = await seal_text(self.vault, order, texts.reason)
        customer_text = await seal_text(self.vault, order, texts.customer_text)
        return command_of(choice, reason, context.envelope(), customer_text)

    async def order_override(
        self, context: CommandContext, order: FoundOrder, request: OrderOverrideRequest
    ) -> OverrideOrder:
        """An override of the order, with its reason sealed."""
        reason = await seal_text(self.vault, order, request.reason)
        return OverrideOrder(**context.envelope(), request=request.model_copy(update={"reason": reason}))

    async def return_override(
        self, context: CommandContext, found: FoundReturn, request: ReturnOverrideRequest
    ) -> OverrideReturn:
        """An override of the return, with its reason sealed."""
        texts = {
            "reason": await seal_text(self.vault, found.order, request.reason),
            "customer_text": await seal_text(self.vault, found.order, request.customer_text),
        }
        return OverrideReturn(
            **context.envelope(), return_id=found.return_id, request=request.model_copy(update=texts)
        )

    async def closing(
        self, context: CommandContext, order: FoundOrder, question: tuple[AttentionKind, str], reason: str
    ) -> CloseQuestion:
        """The closing of the question of that kind about that subject, with its reason sealed."""
        kind, subject = question
        sealed = await seal_text(self.vault, order, reason)
        return CloseQuestion(**context.envelope(), question=kind, subject=subject, reason=sealed)
