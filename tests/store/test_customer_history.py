"""What is known of a customer from all their orders: of one merchant, within a year, without what was never sent."""

from datetime import timedelta

from domain.model.order import SealedCustomer
from domain.model.risk import CustomerHistory
from store.engine.database import Database
from store.orders.customer_history import CustomerHistories
from store.orders.orders import Orders
from store.tables.all import ReturnRow
from tests.builders import PLACED, an_order

DAY = timedelta(days=1)


async def add(db: Database, customer: SealedCustomer, number: int, *, merchant: str = "acme") -> str:
    """An order of that customer, placed so many days after the first one."""
    placed = PLACED + number * DAY
    order = an_order(
        merchant=merchant,
        order=f"ord_{merchant}_{number}",
        order_id=f"#{number}",
        customer=customer,
        placed_at=placed,
    )
    await Orders(db).place(order, "hash")
    return order.order


async def test_returns_of_the_last_year_count_and_only_this_merchants(db: Database) -> None:
    customer = an_order().customer
    order = await add(db, customer, 0)
    later = await add(db, customer, 300)
    foreign = await add(db, customer, 0, merchant="other")
    async with db.write() as session:
        for name, of, status, rejected, day in (
            ("a", order, "settled", True, 20),
            ("b", later, "received", True, 310),
            ("c", later, "settled", False, 311),
            ("d", later, "cancelled", False, 312),
            ("e", later, "expired", True, 313),
            ("f", foreign, "settled", True, 310),
        ):
            merchant = "other" if of == foreign else "acme"
            opened = PLACED + day * DAY
            session.add(
                ReturnRow(
                    id=name, merchant=merchant, order=of, number=name, status=status, goods="received", money="paid",
                    opened_at=opened, rejected=rejected,
                )
            )  # fmt: skip
    found = await CustomerHistories(db).of("acme", customer.customer, PLACED + 400 * DAY)
    assert found == CustomerHistory(first_order_days=400, returns=2, rejected=1)
    assert await CustomerHistories(db).of("acme", "cus_nobody", PLACED) == CustomerHistory()
