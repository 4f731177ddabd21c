"""Claims in the ledger: each step is booked once, credit never falls below zero, and what was used comes back as credit."""

import asyncio
from typing import Any

import pytest

from domain.actors import Actor, Role
from domain.model.claw_back import ClawBackPosting, WorkKind
from domain.model.claw_back_request import ClawBackRequest
from store.engine.database import Database
from store.ledger import credit_views
from store.ledger.claw_backs import StoredClawBacks
from store.ledger.redemptions import Redemption, redeem
from store.ledger.refunds import StoredLedger
from store.orders.orders import Orders
from tests.store.ledger_fixtures import NOW, balances, card, entries, gbp, paid_order, payment_request

SHOP = Actor(role=Role.STOREFRONT, name="k1")
GIVEN = [
    payment_request(f"return/ret_{n}/1/1", 300, bonus=200, credit=True, purpose="store_credit")
    for n in range(2)
]


def a_step(kind: WorkKind, minor: int, number: int = 1, **postings: int) -> ClawBackRequest:
    sides = tuple(
        ClawBackPosting.model_validate({"account": account, "minor": side})
        for account, side in postings.items()
    )
    request: dict[str, Any] = {
        "merchant": "acme", "order": "ord_1", "order_id": "#1001", "customer": "cus_1", "claim": "clw_1",
        "key": f"clw_1/{kind}/{number}", "kind": kind, "amount": gbp(minor), "own": "return/ret_1/",
        "postings": sides, "cash": "stripe", "now": NOW,
    }  # fmt: skip
    return ClawBackRequest(**request)


@pytest.fixture
async def with_credit(db: Database) -> Database:
    """The customer has twice 300 that never expire and 200 that do."""
    await Orders(db).place(paid_order(card(10_000)), "hash")
    ledger = StoredLedger(db)
    for given in GIVEN:
        await ledger.reserve(given)
        await ledger.post(given, "")
    return db


async def lots(db: Database) -> dict[str, int]:
    """What is left of each payment's credit; the journal has the same sum."""
    async with db.read() as session:
        [view] = await credit_views.balances(session, "acme", "cus_1")
    assert sum(lot.remaining.minor for lot in view.lots) == view.balance.minor
    left: dict[str, int] = {}
    for lot in view.lots:
        left[lot.leg] = left.get(lot.leg, 0) + lot.remaining.minor
    return left


async def test_credit_of_the_claims_own_return_is_used_first_and_once(with_credit: Database) -> None:
    ledger = StoredClawBacks(with_credit)
    for _ in range(3):
        collected = await ledger.collect(a_step("collect", 600))
        assert (collected.booked, collected.netted) == (gbp(600), gbp(600))
    assert await lots(with_credit) == {"return/ret_0/1/1": 400}
    books = await balances(with_credit)
    assert (books["claimed/ord_1"], books["credit/cus_1"], books.get("claw_back/clw_1")) == (-600, -400, None)
    late = await ledger.collect(a_step("collect", 500))
    assert (late.booked, late.netted) == (gbp(600), gbp(600)), "what was booked under the key"


async def test_what_there_is_no_credit_for_is_owed_then_paid_or_written_off_and_reduced(
    with_credit: Database,
) -> None:
    ledger = StoredClawBacks(with_credit)
    assert (await ledger.collect(a_step("collect", 2500))).netted == gbp(1000)
    assert (await balances(with_credit))["claw_back/clw_1"] == 1500
    steps = [
        a_step("payment", 1000, cash=1000, claim=-1000),
        a_step("write_off", 500, 2, claim=-500, write_off=500),
        a_step("reduction", 2500, 3, claimed=2500, write_off=-500, credit=-1000, refundable=-1000),
    ]
    for step in steps * 2:
        await ledger.book(step)
    books = await balances(with_credit)
    assert books["tender/ord_1/claw_back"] == -1000
    assert not [name for name in books if name.startswith(("claw_back/", "claimed/", "write_off/"))]
    assert await lots(with_credit) == {"clw_1/reduction/3": 1000}
    kinds = [one.kind for one in await entries(with_credit) if one.cause == "clw_1"]
    assert sorted(kinds) == sorted(
        ["claw_back", "net_claw_back", "pay_claw_back", "write_off_claw_back", "reduce_claw_back"]
    )


async def test_an_entry_that_does_not_balance_is_refused_and_leaves_nothing(with_credit: Database) -> None:
    before = await balances(with_credit)
    with pytest.raises(ValueError, match="does not balance"):
        await StoredClawBacks(with_credit).book(a_step("reduction", 500, claimed=500, credit=-499))
    assert await balances(with_credit) == before
    assert sum((await lots(with_credit)).values()) == 1000


async def test_credit_is_spent_at_a_checkout_or_used_for_a_claim_and_never_twice(
    with_credit: Database, four_engines: list[Database]
) -> None:
    async def spend(number: int) -> str:
        redemption = Redemption(
            merchant="acme", customer="cus_1", reference=f"cart-{number}", amount=gbp(300)
        )
        async with four_engines[number % 4].write() as session:
            return (await redeem(session, redemption, SHOP, NOW)).outcome

    claims = [
        a_step("collect", 400, number).model_copy(update={"claim": f"clw_{number}"}) for number in range(3)
    ]
    works = [StoredClawBacks(four_engines[number]).collect(claim) for number, claim in enumerate(claims * 1)]
    outcomes, *collected = await asyncio.gather(
        asyncio.gather(*(spend(number) for number in range(4))), *works
    )
    spent = 300 * outcomes.count("new")
    netted = sum(one.netted.minor for one in collected)
    books = await balances(with_credit)
    assert -books.get("credit/cus_1", 0) == 1000 - spent - netted >= 0
    assert sum(books.values()) == 0
