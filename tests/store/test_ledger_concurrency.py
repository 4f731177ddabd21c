"""Concurrent payments: a tender is never held for more than it has, and money moves once."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.payment_keys import leg
from store.engine.database import Database
from store.ledger import credit_views, store_credit
from store.ledger.refunds import StoredLedger
from store.orders.orders import Orders
from store.tables.ledger import CreditLot
from tests.store.concurrency import MANY, all_at_once, locked_rows, waiting
from tests.store.ledger_fixtures import NOW, balances, card, paid_order, payment_request


async def test_a_tender_is_never_held_for_more_than_it_has(
    four_engines: list[Database], db: Database
) -> None:
    await Orders(db).place(paid_order(card(1000)), "hash")
    requests = [payment_request(f"return/ret_{n}/1/1", 300) for n in range(MANY)]
    await all_at_once(
        [StoredLedger(four_engines[n % 4]).reserve(request) for n, request in enumerate(requests)]
    )
    journal = await balances(db)
    assert sum(minor for name, minor in journal.items() if name.startswith("reserved/")) == -900
    assert journal["tender/ord_1/card-1"] == -100


async def test_a_leg_is_either_settled_or_released_and_its_money_moves_once(
    four_engines: list[Database], db: Database
) -> None:
    await Orders(db).place(paid_order(card(1000)), "hash")
    requests = [payment_request(f"return/ret_{n}/1/1", 100) for n in range(8)]
    for request in requests:
        await StoredLedger(db).reserve(request)
    works: list[Awaitable[object]] = []
    for request in requests:
        works += [
            StoredLedger(four_engines[0]).post(request, "re_1"),
            StoredLedger(four_engines[1]).release(request, "no"),
        ]
        works += [
            StoredLedger(four_engines[2]).post(request, "re_1"),
            StoredLedger(four_engines[3]).release(request, "no"),
        ]
    await all_at_once(works)
    journal = await balances(db)
    assert not [name for name in journal if name.startswith("reserved/")]
    left, paid = journal.get("tender/ord_1/card-1", 0), 1000 - journal["cash/sandbox"]
    assert left == paid - 1000
    assert sum(journal.values()) == 0


async def test_credit_is_taken_back_or_expires_but_never_both(
    four_engines: list[Database], db: Database
) -> None:
    await Orders(db).place(paid_order(card(10_000)), "hash")
    ledger = StoredLedger(db)
    backs = []
    for n in range(6):
        issued = payment_request(
            leg(f"return/ret_{n}/1", "card-1", 1), 500, bonus=50, credit=True, purpose="store_credit"
        )
        await ledger.reserve(issued)
        await ledger.post(issued, "")
        back = payment_request(f"reversal/ret_{n}/1", 500, bonus=50, credit=True, purpose="reversal")
        await ledger.reserve(back)
        backs.append(back)

    async def expire(one: Database) -> None:
        async with one.write() as session:
            await store_credit.expire(session, "acme", NOW + timedelta(days=400))

    works: list[Awaitable[object]] = [expire(four_engines[n % 4]) for n in range(4)]
    for n, back in enumerate(backs):
        works.insert(n, StoredLedger(four_engines[n % 4]).post(back, ""))
    outcomes = await all_at_once(works)
    assert not [
        outcome
        for outcome in outcomes
        if isinstance(outcome, BaseException) and type(outcome).__name__ == "DBAPIError"
    ], outcomes
    journal = await balances(db)
    assert journal.get("credit/cus_1", 0) == 0
    async with db.read() as session:
        [view] = await credit_views.balances(session, "acme", "cus_1")
    assert (view.balance.minor, view.lots) == (0, ())


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_credit_that_was_just_taken_back_does_not_expire_too(
    four_engines: list[Database], db: Database
) -> None:
    """Both have found the lot and wait for it: the second has to read it again."""
    await Orders(db).place(paid_order(card(10_000)), "hash")
    issued = payment_request("return/ret_1/1/1", 500, bonus=50, credit=True, purpose="store_credit")
    back = payment_request("reversal/ret_1/1", 500, bonus=50, credit=True, purpose="reversal")
    ledger = StoredLedger(four_engines[0])
    await ledger.reserve(issued)
    await ledger.post(issued, "")
    await ledger.reserve(back)

    async def expire() -> None:
        async with four_engines[1].write() as session:
            await store_credit.expire(session, "acme", NOW + timedelta(days=400))

    async with locked_rows(db, select(CreditLot)):
        one = asyncio.create_task(ledger.post(back, ""))
        await waiting(db, 1)
        two = asyncio.create_task(expire())
        await waiting(db, 2)
    await asyncio.gather(one, two)
    assert (await balances(db)).get("credit/cus_1", 0) == 0
