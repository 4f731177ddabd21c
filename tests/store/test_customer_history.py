"""What is known of a customer from all their orders: of one merchant, within a year, without what was never sent."""

from datetime import timedelta

from domain.model.order import SealedCustomer
from domain.model.risk import CustomerHistory
from domain.money import Money
from store.engine.database import Database
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.orders.customer_history import CustomerHistories
from store.orders.orders import Orders
from store.tables.all import LedgerEntry, ReturnRow
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
    other = await CustomerHistories(db).of("other", customer.customer, PLACED + 400 * DAY)
    assert (other.returns, other.rejected) == (1, 1)
    assert await CustomerHistories(db).of("acme", "cus_nobody", PLACED) == CustomerHistory()


async def test_who_owes_what_was_asked_back_is_known_until_it_is_paid(db: Database) -> None:
    customer = an_order().customer
    order = await add(db, customer, 0)

    async def book(key: str, minor: int) -> bool:
        claim = Money(minor=abs(minor), currency="GBP")
        sides = [debit_posting(journal.claw_back("c1"), claim), credit_posting("claimed_back", claim)]
        sides = (
            sides
            if minor > 0
            else [debit_posting("cash", claim), credit_posting(journal.claw_back("c1"), claim)]
        )
        entry = LedgerEntry(merchant="acme", order=order, key=key, kind="claw_back", at=PLACED)
        async with db.write() as session:
            await journal.post_entry(session, entry, sides)
        return (await CustomerHistories(db).of("acme", customer.customer, PLACED)).owes

    assert await book("claim", 500)
    assert await book("part", -200)
    assert not await book("rest", -300)
