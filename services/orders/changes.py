"""Changes of an order that need more than their command: a parcel, a report that one did not arrive, a note.

Every other change is sent as it is: `commands.execute(context, order, CancelOrder(**context.envelope()))`.
"""

import asyncio
from dataclasses import dataclass

from domain.model.claw_back import ClawBackAnswer
from domain.model.override import OrderOverrideRequest
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.commands.send_reply import SendReply
from domain.payments.commands.answer_claw_back import AnswerClawBack
from domain.payments.commands.decide_claw_back import ClawBackDecision, DecideClawBack
from domain.reasons import CommandResult
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.commands.report_not_received import ReportNotReceived
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder, OrderReader
from services.sealed_text import seal_text
from store.privacy.vault import Vault


class ParcelNotNamed(Exception):
    """Several parcels were delivered, so the customer has to say which one is not there."""


@dataclass(frozen=True)
class OrderChanges:
    """The use cases. A refusal is a result with every reason.

    All raise OrderBusy and JourneyUnavailable. `inbox_changed`: wakes the dispatcher of this process.
    """

    orders: OrderReader
    commands: CommandExecutor
    vault: Vault
    inbox_changed: asyncio.Event

    async def register_parcel(
        self, context: CommandContext, order: FoundOrder, command: RegisterParcel
    ) -> CommandResult:
        """Follow a parcel of the order. Deliveries of its carrier may have been parked until it was known."""
        result = await self.commands.execute(context, order, command)
        if result.verdict != "refused":
            self.inbox_changed.set()
        return result

    async def report_not_received(
        self, context: CommandContext, order: FoundOrder, parcel: str | None
    ) -> CommandResult:
        """The customer does not have what the carrier calls delivered. Raises ParcelNotNamed.

        `parcel`: may be None where only one was delivered.
        """
        command = ReportNotReceived(
            **context.envelope(), parcel=await self._delivered_parcel(order) if parcel is None else parcel
        )
        return await self.commands.execute(context, order, command)

    async def _delivered_parcel(self, order: FoundOrder) -> str:
        """The one delivered parcel; where none was, the first one, so that the journey refuses with its reasons."""
        state = (await self.orders.state(order)).state
        delivered = [parcel.parcel_id for parcel in state.parcels if parcel.delivered_at]
        if len(delivered) > 1:
            raise ParcelNotNamed
        return delivered[0] if delivered else next((parcel.parcel_id for parcel in state.parcels), "")

    async def answer_claw_back(
        self, context: CommandContext, order: FoundOrder, claim: str, given: tuple[ClawBackAnswer, str]
    ) -> CommandResult:
        """The customer answers a claim; their evidence is sealed before it is stored."""
        answer, text = given
        sealed = await seal_text(self.vault, order, text)
        command = AnswerClawBack(**context.envelope(), claim=claim[:64], answer=answer, text=sealed)
        return await self.commands.execute(context, order, command)

    async def decide_claw_back(
        self, context: CommandContext, order: FoundOrder, claim: str, given: tuple[ClawBackDecision, str]
    ) -> CommandResult:
        """A person decides about a claim; the reason is sealed before it is stored."""
        decision, reason = given
        sealed = await seal_text(self.vault, order, reason)
        command = DecideClawBack(**context.envelope(), claim=claim[:64], decision=decision, reason=sealed)
        return await self.commands.execute(context, order, command)

    async def add_note(self, context: CommandContext, order: FoundOrder, text: str) -> CommandResult:
        """Keep a note about the order. Customers never see it."""
        request = OrderOverrideRequest(override="note", reason=await seal_text(self.vault, order, text))
        return await self.commands.execute(
            context, order, OverrideOrder(**context.envelope(), request=request)
        )

    async def reply(self, context: CommandContext, order: FoundOrder, text: str) -> CommandResult:
        """Write to the customer; the text is sealed before it is stored."""
        command = SendReply(**context.envelope(), text=await seal_text(self.vault, order, text))
        return await self.commands.execute(context, order, command)
