"""Extensions of a placed order: each from the order as it is in its row, with its money, once."""

import asyncio
from collections.abc import Callable

from sqlmodel import col, func, select, update

from domain.model.extension import OrderExtended
from domain.model.order import Order, OrderLine, Tender
from store.engine.database import Database
from store.orders.orders import Orders
from store.tables.all import LedgerPosting, OrderRow
from tests.builders import an_order, gbp


def one_cup_more() -> Callable[[Order], OrderExtended | None]:
    """A further line with a further payment, both named after their place in the order."""

    def extension_of(order: Order) -> OrderExtended:
        place = len(order.lines) + 1
        line = OrderLine(line_id=f"{place}", sku="CUP", title="Cup", quantity=1, unit_price=gbp(500))
        tender = Tender(
            tender_id=f"t{place}", kind="card", amount=gbp(500), payment=f"pay_{place}", provider="sandbox"
        )
        return OrderExtended(storefront="shopify", lines=(line,), tenders=(tender,))

    return extension_of


async def placed(db: Database) -> Order:
    async with db.read() as session:
        row = await session.get_one(OrderRow, "ord_one")
    return Order.model_validate_json(row.body)


async def test_two_extensions_at_once_are_both_added_with_their_money(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    before = await placed(db)
    results = await asyncio.gather(*(orders.extend("acme", "ord_one", one_cup_more()) for _ in range(2)))
    after = await placed(db)
    assert len(after.lines) == len(before.lines) + 2
    assert after.captured.minor == before.captured.minor + 1000
    whole = max((one.extension for one in results if one.extension), key=lambda one: len(one.lines))
    assert {line.line_id for line in whole.lines} == {line.line_id for line in after.lines[-2:]}
    async with db.read() as session:
        query = select(func.count(func.distinct(LedgerPosting.account))).where(
            col(LedgerPosting.account).in_(["tender/ord_one/t3", "tender/ord_one/t4"])
        )
        assert (await session.exec(query)).one() == 2


async def test_what_was_added_is_reported_again_where_nothing_is_new(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    assert (await orders.extend("acme", "ord_one", lambda _: None)).extension is None
    added = (await orders.extend("acme", "ord_one", one_cup_more())).extension
    again = await orders.extend("acme", "ord_one", lambda _: None)
    assert added is not None
    assert again.extension == added


async def test_a_payment_of_another_order_extends_nothing(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    await orders.place(an_order(order="ord_two", order_id="#1002"), "hash")
    before = await placed(db)
    assert (await orders.extend("acme", "ord_two", one_cup_more())).refused is None
    result = await orders.extend("acme", "ord_one", one_cup_more())
    assert (result.refused, result.extension) == ("payment_taken", None)
    assert await placed(db) == before


async def test_a_cancelled_order_is_not_extended(db: Database) -> None:
    orders = Orders(db)
    await orders.place(an_order(), "hash")
    before = await placed(db)
    async with db.write() as session:
        await session.exec(update(OrderRow).values(stage="cancelled"))
    assert (await orders.extend("acme", "ord_one", one_cup_more())).refused == "order_cancelled"
    assert await placed(db) == before
