"""Store credit issued and redeemed per second: one customer whom all clients want, and a thousand; none is lost or spent twice.

The floor is one balanced entry in a transaction of its own, without any check: what the database does in the best case.
"""

import itertools
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from domain.actors import Actor, Role
from domain.money import Money
from store.engine.database import Database
from store.ledger import credit_views, journal
from store.ledger.adjustments import StaffAdjustment, adjust
from store.ledger.redemptions import Redemption, redeem
from store.migrations import upgrade
from store.tables.ledger import LedgerEntry
from tests.bench.environment import kind_of, store_url
from tests.bench.figures import Figure, ratio
from tests.bench.journeys import Job, per_second

CLIENTS = 16
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACTOR = Actor(role=Role.STOREFRONT, name="bench")
ONE = Money(minor=100, currency="GBP")


class CreditBench:
    """One store, and numbers for references that are used once."""

    def __init__(self, db: Database) -> None:
        self.db, self.numbers = db, itertools.count()

    async def floor(self) -> None:
        key = f"bench/{next(self.numbers)}"
        entry = LedgerEntry(merchant="bench", order="", key=key, kind="bench", at=NOW)
        postings = [
            journal.debit_posting(journal.ADJUSTMENT, ONE),
            journal.credit_posting(journal.BREAKAGE, ONE),
        ]
        async with self.db.write() as session:
            await journal.post_entry(session, entry, postings)

    async def issue(self, customer: str) -> None:
        reference = f"given-{next(self.numbers)}"
        given = StaffAdjustment(
            merchant="bench",
            customer=customer,
            reference=reference,
            direction="increase",
            amount=ONE,
            reason="bench",
        )
        async with self.db.write() as session:
            assert (await adjust(session, given, ACTOR, NOW)).outcome == "new"

    async def spend(self, customer: str) -> None:
        """Refused where nothing is left."""
        reference = f"cart-{next(self.numbers)}"
        redemption = Redemption(merchant="bench", customer=customer, reference=reference, amount=ONE)
        async with self.db.write() as session:
            await redeem(session, redemption, ACTOR, NOW)

    async def left(self, customers: list[str]) -> int:
        """What these customers have, by the journal and by their lots alike."""
        left = 0
        async with self.db.read() as session:
            for customer in customers:
                for view in await credit_views.balances(session, "bench", customer):
                    assert view.balance.minor == sum(lot.remaining.minor for lot in view.lots)
                    left += view.balance.minor
        return left


async def measure(
    folder: Path, *, database: str | None = None, each: int = 1000, customers: int = 1000
) -> list[Figure]:
    """Issued and redeemed by 16 clients. Fails when a sum differs by one minor unit."""
    folder.mkdir(parents=True, exist_ok=True)
    url, kind = store_url(folder, database), kind_of(database)
    await upgrade(url)
    db = Database(url)
    try:
        bench, figures = CreditBench(db), list[Figure]()
        await per_second([bench.floor] * CLIENTS, CLIENTS)
        floor = await per_second([bench.floor] * each, CLIENTS)
        for name, count in (("one customer", 1), (f"{customers} customers", customers)):
            figures += await _rates(bench, f"{name}, {kind}", count, each, floor)
        return figures
    finally:
        await db.close()


async def _rates(bench: CreditBench, name: str, count: int, each: int, floor: float) -> list[Figure]:
    """First a half is spent; then twice as much is wanted as there is left: each unit is spent once, and the rest is refused."""
    customers = [f"cus_{count}_{n}" for n in range(count)]
    given = [customers[n % count] for n in range(each)]
    issues: list[Job] = [partial(bench.issue, customer) for customer in given]
    spends: list[Job] = [partial(bench.spend, customer) for customer in given[: each // 2]]
    issued = await per_second(issues, CLIENTS)
    redeemed = await per_second(spends, CLIENTS)
    lost = each * ONE.minor - len(spends) * ONE.minor - await bench.left(customers)
    await per_second([partial(bench.spend, customer) for customer in given], CLIENTS)
    assert (lost, await bench.left(customers)) == (0, 0), f"{lost} minor units were lost or spent twice"
    return [
        ratio(f"credits issued, {name} ÷ floor", issued, floor, None),
        ratio(f"credits redeemed, {name} ÷ floor", redeemed, floor, None, lost_updates=lost),
    ]
