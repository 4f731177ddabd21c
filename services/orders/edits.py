"""Edits of an order by the shop: lines that were added. Units that are removed and another address are plain commands."""

from dataclasses import dataclass

from domain.model.extension import OrderExtended
from domain.model.order import Order, OrderLine, Tender
from domain.orders.commands.add_lines import AddLines
from domain.reasons import CommandResult, Reason, Violation, refused
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder
from services.orders.payments import PaymentTaken, UnknownProvider
from store.orders.orders import Orders


@dataclass(frozen=True)
class OrderEdits:
    """Additions to orders. `providers`: see `OrderPlacement`."""

    orders: Orders
    commands: CommandExecutor
    providers: tuple[str, ...]

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
        if any(tender.provider not in (None, *self.providers) for tender in tenders):
            raise UnknownProvider
        held = tuple(tender.held_by(self.providers[0]) for tender in tenders)
        others: list[Violation] = []

        def added(known: Order) -> OrderExtended | None:
            others.extend(_clashes(known, lines))
            if others or all(known.line(line.line_id) for line in lines):
                return None
            return OrderExtended(storefront=context.actor.name, lines=tuple(map(_later, lines)), tenders=held)

        written = await self.orders.extend(order.merchant, order.id, added)
        if others:
            return refused(*others)
        if written.refused == "payment_taken":
            raise PaymentTaken
        if written.refused is not None:
            cancelled = written.refused == "order_cancelled"
            return refused(Violation(code=Reason.ORDER_CANCELLED if cancelled else Reason.ORDER_TOO_LARGE))
        assert written.extension is not None, "what is on the order was added to it"
        return await self.commands.execute(
            context, order, AddLines(**context.envelope(), extension=written.extension)
        )


def _later(line: OrderLine) -> OrderLine:
    """What is added later was promised for no day, so no notice says that it is late."""
    return line.model_copy(update={"fulfilment": "later"}) if line.fulfilment == "ship" else line


def _clashes(order: Order, lines: tuple[OrderLine, ...]) -> list[Violation]:
    """The lines whose id another line of the order has."""
    return [
        Violation(code=Reason.LINE_EXISTS, details={"line": line.line_id})
        for line in lines
        if order.line(line.line_id) not in (None, line, _later(line))
    ]
