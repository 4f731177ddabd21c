"""Lines that are added by the shop: all of the addition is new, or all of it was there."""

from datetime import UTC, datetime
from typing import Any, cast

from domain.actors import Actor, Role
from domain.model.extension import OrderExtended, extended
from domain.model.order import OrderLine, Tender
from domain.orders.commands.add_lines import AddLines
from domain.reasons import CommandResult, accepted
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.orders.edits import OrderEdits
from services.orders.payment_holders import PaymentHolders
from store.orders.orders import ExtendOrderResult
from tests.builders import an_order, gbp

CLOCK = datetime(2026, 3, 2, 8, tzinfo=UTC)
RUG = OrderLine(line_id="rug", sku="RUG", title="Rug", quantity=1, unit_price=gbp(1000))
CASH = Tender(tender_id="cash", kind="cash_on_delivery", amount=gbp(1000))


class OneOrder:
    """The table of orders with one order in it, the clock of its sandbox merchant, and the journey that hears of it."""

    def __init__(self) -> None:
        self.order, self.extension = an_order(), cast(OrderExtended | None, None)

    async def extend(self, merchant: str, order: str, extension_of: Any) -> ExtendOrderResult:
        new = extension_of(self.order)
        if new is not None:
            self.order, self.extension = extended(self.order, new), new
        return ExtendOrderResult(self.extension)

    async def get(self, merchant: str) -> datetime:
        return CLOCK

    async def execute(self, context: CommandContext, order: FoundOrder, command: AddLines) -> CommandResult:
        news = extended(self.order, command.extension) != self.order
        return accepted(order.id).model_copy(update={"repeated": not news})


async def add(table: OneOrder, lines: tuple[OrderLine, ...], *tenders: Tender) -> list[str]:
    """The reasons of the refusal; none where it was accepted."""
    actor = Actor(role=Role.STOREFRONT, name="shop")
    context = CommandContext(merchant="acme", actor=actor, command_id="c", now=None)
    edits = OrderEdits(
        cast(Any, table), cast(Any, table), PaymentHolders(("sandbox",), cast(Any, table), cast(Any, table))
    )
    found = FoundOrder(merchant="acme", id="ord_one", order_id="#1001", customer="cus_ada")
    return [reason.code for reason in (await edits.add(context, found, lines, tenders)).reasons]


async def test_the_same_addition_again_changes_nothing_also_after_its_payment_came() -> None:
    table = OneOrder()
    due = CASH.model_copy(update={"captured": False})
    assert await add(table, (RUG,), due) == []
    paid = tuple(CASH if one.tender_id == "cash" else one for one in table.order.tenders)
    table.order = before = table.order.model_copy(update={"tenders": paid})
    assert await add(table, (RUG,), due) == []
    assert table.order == before


async def test_lines_that_the_order_was_placed_with_are_on_it_already() -> None:
    table = OneOrder()
    assert await add(table, table.order.lines) == []
    assert table.order == an_order()


async def test_a_tender_or_line_that_is_known_refuses_the_whole_addition_and_no_money_is_left_out() -> None:
    table = OneOrder()
    reused = CASH.model_copy(update={"tender_id": table.order.tenders[0].tender_id})
    assert await add(table, (RUG,), reused) == ["tender_exists"]
    assert await add(table, (RUG, table.order.lines[0]), CASH) == ["line_exists"]
    assert table.order == an_order()
