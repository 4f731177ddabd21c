"""Payments of an order that are captured after it was placed, as of an invoice or of cash on delivery."""

from dataclasses import dataclass

from domain.model.reported_payment import ReportedPayment
from domain.payments.commands.record_payment import RecordPayment
from domain.reasons import CommandResult, refused
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder
from services.orders.payment_holders import PaymentHolders, UnknownProvider
from store.orders.orders import Orders


class PaymentTaken(Exception):
    """The provider's payment paid for another order."""


@dataclass(frozen=True)
class OrderPayments:
    """Reports of payments."""

    orders: Orders
    commands: CommandExecutor
    holders: PaymentHolders

    async def report(
        self, context: CommandContext, order: FoundOrder, payment: ReportedPayment
    ) -> CommandResult:
        """Write the money, then have the journey hear of it; the same report again is the same payment.

        Raises PaymentTaken, UnknownProvider, OrderBusy and JourneyUnavailable.
        """
        if payment.provider not in (None, *self.holders.names):
            raise UnknownProvider
        holder = payment.provider or await self.holders.default(order.merchant)
        written = await self.orders.capture(order.merchant, order.id, payment, holder)
        if written.payment_taken:
            raise PaymentTaken
        if written.refused is not None:
            return refused(written.refused)
        assert written.tender is not None, "a capture that is not refused has its tender"
        command = RecordPayment(**context.envelope(), tender=written.tender)
        return await self.commands.execute(context, order, command)
