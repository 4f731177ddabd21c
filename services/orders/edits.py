"""Edits of an order by the shop: lines that were added. Units that are removed and another address are plain commands."""

from dataclasses import dataclass

from domain.model.extension import OrderExtended
from domain.model.order import Order, OrderLine, Tender
from domain.orders.commands.add_lines import AddLines
from domain.reasons import CommandResult, Reason, Violation, refused
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder
from services.orders.payment_holders import PaymentHolders
from services.orders.payments import PaymentTaken
from store.orders.orders import Orders


@dataclass(frozen=True)
class OrderEdits:
    """Additions to orders."""

    orders: Orders
    commands: CommandExecutor
    holders: PaymentHolders

    async def add(
        self,
        context: CommandContext,
        order: FoundOrder,
        lines: tuple[OrderLine, ...],
        tenders: tuple[Tender, ...],
    ) -> CommandResult:
        """Write the lines and what was paid for them, then have the journey follow them; the same again changes nothing.

        Raises PaymentTaken, UnknownProvider, OrderBusy and JourneyUnavailable.
        """
        held = await self.holders.hold(order.merchant, tenders)
        addition = OrderExtended(storefront=context.actor.name, lines=tuple(map(_later, lines)), tenders=held)
        clashes: list[Violation] = []

        def added(known: Order) -> OrderExtended | None:
            clashes[:] = () if _has_all(known, lines, held) else _clashes(known, lines, held)
            return None if clashes or _has_all(known, lines, held) else addition

        written = await self.orders.extend(order.merchant, order.id, added)
        if clashes:
            return refused(*clashes)
        if written.refused == "payment_taken":
            raise PaymentTaken
        if written.refused is not None:
            cancelled = written.refused == "order_cancelled"
            return refused(Violation(code=Reason.ORDER_CANCELLED if cancelled else Reason.ORDER_TOO_LARGE))
        command = AddLines(**context.envelope(), extension=written.extension or addition)
        return await self.commands.execute(context, order, command)


def _later(line: OrderLine) -> OrderLine:
    """What is added later was promised for no day, so no notice says that it is late."""
    return line.model_copy(update={"fulfilment": "later"}) if line.fulfilment == "ship" else line


def _has_all(order: Order, lines: tuple[OrderLine, ...], tenders: tuple[Tender, ...]) -> bool:
    """Whether the same was added before. A tender may have been captured since."""
    same = all(order.line(line.line_id) in (line, _later(line)) for line in lines)
    return same and all(order.tender(tender.tender_id) for tender in tenders)


def _clashes(order: Order, lines: tuple[OrderLine, ...], tenders: tuple[Tender, ...]) -> list[Violation]:
    """The lines and tenders whose id the order has: what was paid with such a tender would be left out."""
    return [
        Violation(code=Reason.LINE_EXISTS, details={"line": line.line_id})
        for line in lines
        if order.line(line.line_id) is not None
    ] + [
        Violation(code=Reason.TENDER_EXISTS, details={"tender": tender.tender_id})
        for tender in tenders
        if order.tender(tender.tender_id) is not None
    ]
