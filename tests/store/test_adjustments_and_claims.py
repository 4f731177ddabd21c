"""Credit that staff give or take, a guest's credit that is claimed, and refunds that came back: what the books say then."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.money import Money
from ports.ledger import LegClosed
from store.engine.database import Database
from store.ledger.adjustments import AdjustmentResult, StaffAdjustment, adjust
from store.ledger.claims import Claim, claim
from store.ledger.redemptions import Redemption, redeem
from store.ledger.refunds import StoredLedger
from store.tables.ledger import LegRow
from tests.store.credit_books import BONUS_ENDS, SHOP, STAFF, audited, entries_since, euros, give, lots
from tests.store.ledger_fixtures import NOW, balances, card, database_with_order, gbp, payment_request

pytestmark = pytest.mark.databases_in_turn
GIVEN = 3  # entries before any step: captured, reserved, paid as credit
MORE = StaffAdjustment(
    merchant="acme", customer="cus_1", reference="t1", direction="increase", amount=gbp(70), reason="sealed",
    order="ord_1", expires_at=NOW + timedelta(days=30),
)  # fmt: skip
LESS = StaffAdjustment(
    merchant="acme", customer="cus_1", reference="t2", direction="decrease", amount=gbp(60), reason="sealed"
)


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    database_ = await database_with_order(url, card(10_000))
    await give(database_)
    yield database_
    await database_.close()


async def adjusted(database: Database, adjustment: StaffAdjustment, **change: Any) -> AdjustmentResult:
    async with database.write() as session:
        return await adjust(session, adjustment.model_copy(update=change), STAFF, NOW)


async def test_credit_that_is_given_has_its_own_lot_and_is_an_expense(database: Database) -> None:
    assert await adjusted(database, MORE) == AdjustmentResult(outcome="new", remaining=gbp(620))
    assert (await lots(database))[2] == ("cus_1", "adjustment", 70, 70, NOW + timedelta(days=30))
    assert await entries_since(database, GIVEN) == [
        (
            ("adjust_credit", "adjust_credit/t1", "t1", "ord_1", NOW),
            [("expense/adjustment", 70, "GBP"), ("credit/cus_1", -70, "GBP")],
        )
    ]
    details = {"amount": 70, "currency": "GBP", "direction": "increase", "reason": "sealed"}
    assert await audited(database) == [("senior_agent", "credit_adjusted", "t1", "ord_1", NOW, details)]
    forever = await adjusted(database, MORE, reference="t3", expires_at=None, amount=gbp(1))
    assert (forever.remaining, (await lots(database))[3][4]) == (gbp(621), None)


async def test_credit_that_is_taken_is_what_expires_first(database: Database) -> None:
    assert await adjusted(database, LESS) == AdjustmentResult(outcome="new", remaining=gbp(490))
    assert [one[3] for one in await lots(database)] == [490, 0]
    [(name, postings)] = await entries_since(database, GIVEN)
    assert name == ("adjust_credit", "adjust_credit/t2", "t2", "", NOW)
    assert postings == [("credit/cus_1", 60, "GBP"), ("expense/adjustment", -60, "GBP")]


async def test_no_more_is_taken_than_there_is(database: Database) -> None:
    more = await adjusted(database, LESS, amount=gbp(551))
    assert more == AdjustmentResult(outcome="insufficient", remaining=gbp(550))
    other = await adjusted(database, LESS, amount=euros(1))
    assert other == AdjustmentResult(outcome="insufficient", remaining=euros(0))
    assert await adjusted(database, LESS, amount=gbp(550)) == AdjustmentResult(
        outcome="new", remaining=gbp(0)
    )
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="positive amount"):
            await adjusted(database, LESS, amount=gbp(wrong), reference="another")


@pytest.mark.parametrize(
    ("change", "outcome", "left"),
    [
        ({}, "duplicate", gbp(620)),
        ({"amount": gbp(71)}, "conflict", gbp(620)),
        ({"direction": "decrease"}, "conflict", gbp(620)),
        ({"customer": "cus_2"}, "conflict", gbp(0)),
        ({"amount": euros(70)}, "conflict", euros(0)),
        ({"merchant": "other"}, "new", gbp(70)),
        ({"reference": "t9"}, "new", gbp(690)),
    ],
)
async def test_a_reference_adjusts_once(
    database: Database, change: dict[str, Any], outcome: str, left: Money
) -> None:
    await adjusted(database, MORE)
    assert await adjusted(database, MORE, **change) == AdjustmentResult(outcome=outcome, remaining=left)


async def claimed(database: Database, **change: str) -> str:
    wanted = Claim(merchant="acme", link="lnk_1", guest="cus_1", customer="cus_9")
    async with database.write() as session:
        return await claim(session, wanted.model_copy(update=change), SHOP, NOW)


async def test_a_guests_credit_is_claimed_whole_with_its_expiry_and_once(database: Database) -> None:
    await adjusted(database, MORE, amount=euros(7), order="")
    async with database.write() as session:
        spent = Redemption(merchant="acme", customer="cus_1", reference="cart", amount=gbp(50))
        await redeem(session, spent, SHOP, NOW)
    known = GIVEN + 2
    assert [
        await claimed(database), await claimed(database), await claimed(database, customer="cus_8"),
    ] == ["new", "duplicate", "conflict"]  # fmt: skip
    assert await lots(database) == [
        ("cus_9", "principal", 500, 500, None),
        ("cus_9", "bonus", 50, 0, BONUS_ENDS),
        ("cus_9", "adjustment", 7, 7, NOW + timedelta(days=30)),
    ]
    [(name, postings)] = await entries_since(database, known)
    assert name == ("claim_credit", "claim_credit/lnk_1", "cus_9", "", NOW)
    assert sorted(postings) == [
        ("credit/cus_1", 7, "EUR"), ("credit/cus_1", 500, "GBP"),
        ("credit/cus_9", -500, "GBP"), ("credit/cus_9", -7, "EUR"),
    ]  # fmt: skip
    assert (await audited(database))[-1] == (
        "storefront", "credit_claimed", "cus_1", "", NOW, {"customer": "cus_9", "GBP": 500, "EUR": 7},
    )  # fmt: skip


async def test_a_claim_moves_nothing_of_another_merchant(database: Database) -> None:
    assert await claimed(database, merchant="other") == "new"
    assert {one[0] for one in await lots(database)} == {"cus_1"}
    assert await claimed(database) == "new", "a link of another merchant is another link"


TO_CARD = payment_request("return/ret_2/1/aa/1", 3000)
AGAIN = payment_request("return/ret_2/1/aa/2", 3000).model_copy(update={"replaces": TO_CARD.key})


async def row_of(database: Database, key: str) -> tuple[str, str, int]:
    async with database.read() as session:
        row = await session.get(LegRow, ("acme", key))
    assert row is not None
    return row.status, row.decline, row.reversals


async def test_a_refund_that_came_back_is_owed_again_and_replaced_by_one(database: Database) -> None:
    ledger, known = StoredLedger(database), GIVEN + 2
    await ledger.reserve(TO_CARD)
    with pytest.raises(LegClosed, match="reserved"):
        await ledger.reverse(TO_CARD, "closed")
    await ledger.post(TO_CARD, "re_1")
    paid = await balances(database)
    for _ in range(2):
        await ledger.reverse(TO_CARD, "closed")
    assert await row_of(database, TO_CARD.key) == ("reversed", "closed", 1)
    [(name, postings)] = await entries_since(database, known)
    assert name == ("reverse", f"reverse/{TO_CARD.key}", TO_CARD.occasion, "ord_1", NOW)
    assert postings == [("cash/sandbox", 3000, "GBP"), (f"reserved/{TO_CARD.key}", -3000, "GBP")]
    for _ in range(2):
        await ledger.reserve(AGAIN)
    assert await row_of(database, TO_CARD.key) == ("released", "closed", 1)
    released, reserved = await entries_since(database, known + 1)
    tender = ("tender/ord_1/card-1", -3000, "GBP")
    assert released[0] == ("release", f"release/{TO_CARD.key}", TO_CARD.occasion, "ord_1", NOW)
    assert released[1] == [(f"reserved/{TO_CARD.key}", 3000, "GBP"), tender]
    assert reserved[0] == ("reserve", f"reserve/{AGAIN.key}", AGAIN.occasion, "ord_1", NOW)
    await ledger.post(AGAIN, "re_2")
    assert await balances(database) == paid


async def test_what_was_reversed_may_succeed_after_all_and_fail_again(database: Database) -> None:
    ledger = StoredLedger(database)
    await ledger.reserve(TO_CARD)
    for round_ in (1, 2):
        await ledger.post(TO_CARD, "re_1")
        await ledger.reverse(TO_CARD, "closed")
        assert await row_of(database, TO_CARD.key) == ("reversed", "closed", round_)
    kinds = [name[0] for name, _ in await entries_since(database, GIVEN)]
    assert kinds == ["reserve", "post", "reverse", "post", "reverse"]
    assert (await balances(database))[f"reserved/{TO_CARD.key}"] == -3000
