"""A payment pays for one order of one merchant, so that it is never refunded twice."""

from store.engine.database import Database
from store.orders.orders import Orders
from tests.builders import an_order


async def test_a_payment_that_paid_for_one_order_pays_for_no_other(db: Database) -> None:
    orders = Orders(db)
    first = an_order()
    assert (await orders.place(first, "hash")).outcome == "new"
    second = an_order(order="ord_two", order_id="two", tenders=first.tenders)
    assert (await orders.place(second, "hash")).outcome == "payment_taken"
    assert await orders.find("acme", "two") is None, "nothing of it was written"
    assert (await orders.place(first, "hash")).outcome == "duplicate", "the order itself may be sent again"


async def test_merchants_do_not_see_each_others_payments(db: Database) -> None:
    orders = Orders(db)
    own = an_order()
    await orders.place(own, "hash")
    foreign = an_order(merchant="other", order="ord_three", tenders=own.tenders)
    assert (await orders.place(foreign, "hash")).outcome == "new"
