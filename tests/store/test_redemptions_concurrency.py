"""Concurrent redemptions of store credit: it is spent once, and never also reversed or expired."""

import asyncio
import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.actors import Actor, Role
from ports.ledger import NotCovered
from store.engine.database import Database
from store.ledger import credit_views, store_credit
from store.ledger.redemptions import Redemption, RedemptionResult, redeem
from store.ledger.refunds import StoredLedger
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from store.tables.ledger import CreditLot
from tests.store.concurrency import locked_rows, waiting
from tests.store.ledger_fixtures import NOW, balances, card, gbp, paid_order, payment_request

SHOP = Actor(role=Role.STOREFRONT, name="k1")
GIVEN = [
    payment_request(f"return/ret_{n}/1/1", 300, bonus=200, credit=True, purpose="store_credit")
    for n in range(3)
]
BACK = payment_request("reversal/ret_0/1", 300, bonus=200, credit=True, purpose="reversal")
ENDED = NOW + timedelta(days=400)


@pytest.fixture
async def db_with_credit(db: Database) -> Database:
    """The customer has three times 300 that never expire and 200 that do; one of them may be reversed."""
    await Orders(db).place(paid_order(card(10_000)), "hash")
    ledger = StoredLedger(db)
    for given in GIVEN:
        await ledger.reserve(given)
        await ledger.post(given, "")
    await ledger.reserve(BACK)
    return db


async def spend(db: Database, reference: str, minor: int) -> RedemptionResult:
    redemption = Redemption(merchant="acme", customer="cus_1", reference=reference, amount=gbp(minor))
    async with db.write() as session:
        return await redeem(session, redemption, SHOP, NOW)


async def left(db: Database) -> int:
    """The sum of the lots; the journal has the same balance."""
    async with db.read() as session:
        [view] = await credit_views.balances(session, "acme", "cus_1")
    assert sum(lot.remaining.minor for lot in view.lots) == view.balance.minor
    assert all(lot.remaining.minor > 0 for lot in view.lots)
    assert sum((await balances(db)).values()) == 0
    return view.balance.minor


@pytest.mark.scenario("S-82")
async def test_of_many_processes_only_as_many_are_served_as_there_is_credit_for(
    db_with_credit: Database, four_engines: list[Database]
) -> None:
    outcomes = await asyncio.gather(*(spend(four_engines[n % 4], f"cart-{n}", 400) for n in range(12)))
    assert Counter(outcome.outcome for outcome in outcomes) == {"new": 3, "insufficient": 9}
    assert await left(db_with_credit) == 300


async def test_a_reference_is_spent_once_by_many_processes(
    db_with_credit: Database, four_engines: list[Database]
) -> None:
    outcomes = await asyncio.gather(*(spend(four_engines[n % 4], "cart", 700) for n in range(12)))
    assert Counter(outcome.outcome for outcome in outcomes) == {"new": 1, "duplicate": 11}
    assert {outcome.remaining.minor for outcome in outcomes} == {800}
    assert (await spend(db_with_credit, "cart", 701)).outcome == "conflict"
    assert await left(db_with_credit) == 800


async def test_credit_is_spent_or_reversed_or_expires_and_each_part_once(
    db_with_credit: Database, four_engines: list[Database]
) -> None:
    async def take_back(one: Database) -> None:
        with contextlib.suppress(NotCovered):
            await StoredLedger(one).post(BACK, "")

    async def end(one: Database) -> None:
        async with one.write() as session:
            await store_credit.expire(session, "acme", ENDED)

    works = [spend(four_engines[n % 4], f"cart-{n}", 300) for n in range(4)]
    await asyncio.gather(
        *works, take_back(four_engines[0]), end(four_engines[1]), Clocks(four_engines[2]).set("acme", ENDED)
    )
    remaining = await left(db_with_credit)
    journal = await balances(db_with_credit)
    spent = [-minor for name, minor in journal.items() if name.startswith("redeemed/")]
    principal_back = -journal["tender/ord_1/card-1"] - 9100
    assert set(spent) <= {300}
    assert principal_back in (0, 300)
    taken_back = 500 if principal_back else 0
    assert sum(spent) + taken_back - journal.get("breakage", 0) + remaining == 1500


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize("first", ["taken back", "ended"])
async def test_credit_spent_elsewhere_while_a_redemption_waited_is_not_spent_again(
    db_with_credit: Database, four_engines: list[Database], first: str
) -> None:
    """Both have found the lots and wait for them: the second has to read them again."""

    async def end() -> None:
        async with four_engines[0].write() as session:
            await store_credit.expire(session, "acme", ENDED)

    async with locked_rows(db_with_credit, select(CreditLot).order_by("expires_at", "id")):
        one = asyncio.create_task(end() if first == "ended" else StoredLedger(four_engines[0]).post(BACK, ""))
        await waiting(db_with_credit, 1)
        two = asyncio.create_task(spend(four_engines[1], "cart", 1500))
        await waiting(db_with_credit, 2)
    await one
    assert (await two).outcome == "insufficient"
    assert await left(db_with_credit) == (900 if first == "ended" else 1000)
