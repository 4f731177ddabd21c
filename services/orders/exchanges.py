"""Exchanges that are under way: what was paid on top for them, and what the shop's fulfilment reports of them."""

from dataclasses import dataclass

from domain.model.extension import OrderExtended
from domain.model.order import Order, Tender
from domain.payments.exchange_plan import is_further_payment
from domain.reasons import CommandResult, Reason, Violation, refused
from domain.returns.commands.pay_exchange import PayExchange
from domain.returns.commands.report_exchange import ReportExchange
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder
from services.orders.payment_holders import PaymentHolders
from services.orders.payments import PaymentTaken
from store.orders.orders import Orders


@dataclass(frozen=True)
class OrderExchanges:
    """The use cases. A refusal is a result with every reason. All raise OrderBusy and JourneyUnavailable."""

    orders: Orders
    commands: CommandExecutor
    holders: PaymentHolders

    async def pay(
        self, context: CommandContext, order: FoundOrder, return_id: str, tender: Tender
    ) -> CommandResult:
        """Write what the customer paid on top, then have the journey hear of it; the same report again is the same payment.

        Raises PaymentTaken and UnknownProvider.
        """
        refusals = await self._refusals(order, return_id, tender)
        if refusals:
            return refused(*refusals)
        [held] = await self.holders.hold(order.merchant, (tender,))
        addition = OrderExtended(storefront=context.actor.name, lines=(), tenders=(held,))

        def added(known: Order) -> OrderExtended | None:
            return None if known.tender(held.tender_id) else addition

        written = await self.orders.extend(order.merchant, order.id, added)
        if written.refused == "payment_taken":
            raise PaymentTaken
        if written.refused is not None:
            cancelled = written.refused == "order_cancelled"
            return refused(Violation(code=Reason.ORDER_CANCELLED if cancelled else Reason.ORDER_TOO_LARGE))
        command = PayExchange(**context.envelope(), return_id=return_id, tender=held)
        return await self.commands.execute(context, order, command)

    async def _refusals(self, order: FoundOrder, return_id: str, tender: Tender) -> list[Violation]:
        """Why this is no payment of the exchange. It is paid whole and once, with a tender of its own."""
        state = (await self.commands.orders.state(order)).state
        case = state.case(return_id)
        exchange = case.exchange if case else None
        if case is None or exchange is None or not exchange.to_pay:
            return [Violation(code=Reason.EXCHANGE_CLOSED)]
        known = state.order.tender(tender.tender_id)
        ours = exchange.tender_id == tender.tender_id or is_further_payment(state, case, tender.tender_id)
        if ours and known and known.amount == tender.amount:
            return []
        if exchange.paid_at is not None:
            return [Violation(code=Reason.ALREADY_CAPTURED, details={"tender": exchange.tender_id})]
        if known is not None:
            return [Violation(code=Reason.TENDER_EXISTS, details={"tender": tender.tender_id})]
        if tender.amount != exchange.to_pay:
            due = exchange.to_pay
            details: dict[str, str | int] = {"due": due.minor, "currency": due.currency}
            return [Violation(code=Reason.MORE_THAN_DUE, details=details)]
        return []

    async def report(
        self, context: CommandContext, order: FoundOrder, command: ReportExchange
    ) -> CommandResult:
        """Enter that the shop sends the new goods, or does not."""
        return await self.commands.execute(context, order, command)
