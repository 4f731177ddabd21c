"""Which credit a reversal takes: the return's own, then that which ends first, never another customer's or merchant's."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import update

from domain import payment_keys
from domain.model.order import Tender
from domain.model.payment import PaymentRequest
from domain.money import Money
from ports.ledger import LegClosed, NotCovered
from store.engine.database import Database
from store.ledger import store_credit
from store.ledger.adjustments import StaffAdjustment, adjust
from store.ledger.redemptions import Redemption, redeem
from store.ledger.refunds import StoredLedger, post_later_captures
from store.tables.ledger import CreditLot, LegRow
from tests.store.credit_books import SHOP, STAFF, entries_since, euros, lots
from tests.store.ledger_fixtures import (
    NOW,
    PLACED,
    balances,
    card,
    database_with_order,
    gbp,
    paid_order,
    payment_request,
)

pytestmark = pytest.mark.databases_in_turn
CARD = payment_keys.tender("card-1")


def given(return_id: str, minor: int, bonus: int = 0) -> PaymentRequest:
    key = f"return/{return_id}/1/{CARD}/1"
    return payment_request(key, minor, bonus=bonus, credit=True, purpose="store_credit")


def back(return_id: str, minor: int, bonus: int = 0) -> PaymentRequest:
    key = f"reversal/{return_id}/{CARD}/1"
    request = payment_request(key, minor, bonus=bonus, credit=True, purpose="reversal")
    return request.model_copy(update={"occasion": payment_keys.occasion_of_reversal(return_id)})


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    database_ = await database_with_order(url, card(10_000))
    yield database_
    await database_.close()


async def pay(database: Database, *requests: PaymentRequest) -> None:
    ledger = StoredLedger(database)
    for request in requests:
        await ledger.reserve(request)
        await ledger.post(request, "")


async def gift(database: Database, amount: Money, days: int | None, **change: str) -> None:
    adjustment = StaffAdjustment(
        merchant="acme", customer="cus_1", reference=f"{amount}/{days}", direction="increase", amount=amount,
        reason="sealed", expires_at=None if days is None else NOW + timedelta(days=days),
    )  # fmt: skip
    async with database.write() as session:
        await adjust(session, adjustment.model_copy(update=change), STAFF, NOW)


async def spend(database: Database, amount: Money) -> None:
    async with database.write() as session:
        spent = Redemption(merchant="acme", customer="cus_1", reference="cart", amount=amount)
        assert (await redeem(session, spent, SHOP, NOW)).outcome == "new"


async def left(database: Database) -> list[int]:
    return [one[3] for one in await lots(database)]


async def test_of_other_credit_that_which_ends_first_is_taken(database: Database) -> None:
    await gift(database, gbp(1), None)
    await gift(database, gbp(20), 40)
    await gift(database, gbp(30), 20)
    await gift(database, gbp(31), 20)
    await pay(database, given("ret_1", 100))
    await spend(database, gbp(2))
    assert await left(database) == [1, 20, 28, 31, 100]
    await pay(database, back("ret_1", 100 + 28 + 31 + 10))
    assert await left(database) == [1, 10, 0, 0, 0]
    with pytest.raises(NotCovered, match="less credit than 12 GBP is left to take back"):
        await pay(database, back("ret_9", 12))


async def test_nothing_is_taken_of_another_customer_merchant_or_currency(database: Database) -> None:
    await gift(database, gbp(50), None, customer="cus_2", reference="a")
    await gift(database, gbp(50), None, merchant="other", reference="b")
    await gift(database, euros(50), None)
    await pay(database, given("ret_1", 1))
    with pytest.raises(NotCovered):
        await pay(database, back("ret_1", 2))
    await pay(database, back("ret_1", 1).model_copy(update={"key": "reversal/ret_1/x/2"}))
    assert await left(database) == [50, 50, 50, 0]


async def test_what_another_customer_has_claimed_of_the_return_itself_is_taken_and_nothing_else_of_theirs(
    database: Database,
) -> None:
    await pay(database, given("ret_1", 300), given("ret_2", 200))
    async with database.write() as session:
        await session.exec(update(CreditLot).values(customer="cus_2"))
    with pytest.raises(NotCovered):
        await pay(database, back("ret_1", 301))
    await pay(database, back("ret_1", 300).model_copy(update={"key": f"reversal/ret_1/{CARD}/2"}))
    assert await left(database) == [0, 200]


async def test_after_the_returns_own_credit_that_of_its_order_is_taken(database: Database) -> None:
    await gift(database, gbp(500), 5)
    await pay(database, given("ret_1", 300), given("ret_2", 200))
    await pay(database, back("ret_1", 350))
    assert await left(database) == [500, 0, 150]


async def test_credit_expires_to_the_last_cent_and_only_the_merchants(database: Database) -> None:
    await gift(database, gbp(1), 10)
    await gift(database, gbp(2), None)
    await gift(database, gbp(3), 9, merchant="other")
    await gift(database, gbp(4), None, merchant="third")
    days = [NOW + timedelta(days=count) for count in (9, 10)]
    assert await store_credit.earliest_expiry(database) == {"acme": days[1], "other": days[0]}
    async with database.write() as session:
        assert await store_credit.expire(session, "acme", days[1]) == 1
    assert await store_credit.earliest_expiry(database) == {"other": days[0]}
    assert await left(database) == [0, 2, 3, 4]


async def test_a_bonus_of_another_return_that_expired_leaves_this_ones_to_be_taken(
    database: Database,
) -> None:
    await pay(database, given("ret_2", 100, 10))
    async with database.write() as session:
        await store_credit.expire(session, "acme", NOW + timedelta(days=365))
    await pay(database, given("ret_1", 200, 20))
    await pay(database, back("ret_1", 200, 20))
    assert await left(database) == [100, 0, 0, 0]
    assert (await balances(database))["expense/bonus/ord_1"] == 10


async def test_a_payment_that_comes_later_is_entered_once_by_its_own_key(database: Database) -> None:
    waits = Tender(
        tender_id="later", kind="card", amount=gbp(1), payment="pay_x", provider="sandbox", captured=False
    )
    invoice = Tender(tender_id="invoice", kind="card", amount=gbp(700), payment="pay_2", provider="stripe")
    for _ in range(2):
        async with database.write() as session:
            await post_later_captures(session, paid_order(card(10_000)), (waits, invoice))
    [(name, postings)] = await entries_since(database, 1)
    key = payment_keys.ledger_entry("capture", payment_keys.later_capture("ord_1", "invoice"))
    assert name == ("capture", key, "placed", "ord_1", PLACED)
    assert postings == [("cash/stripe", 700, "GBP"), ("tender/ord_1/invoice", -700, "GBP")]


async def test_a_leg_names_the_provider_that_pays_it_and_no_other_payment_has_its_key(
    database: Database,
) -> None:
    ledger = StoredLedger(database)
    paid = payment_request("return/ret_3/1/aa/1", 300, bonus=0)
    credit, taken = given("ret_1", 100, 10), back("ret_1", 100, 10)
    for request in (paid, credit):
        await ledger.reserve(request)
        await ledger.post(request, "re_1")
    await ledger.reserve(taken)
    async with database.read() as session:
        rows = [await session.get(LegRow, ("acme", one.key)) for one in (paid, credit, taken)]
    assert [row.provider for row in rows if row] == ["sandbox", "", ""]
    for request in (paid, credit, taken):
        other = request.model_copy(update={"bonus": gbp(11)})
        with pytest.raises(ValueError, match="was opened as another payment"):
            await ledger.reserve(other)
    await ledger.post(taken, "")
    await ledger.reserve(taken.model_copy(update={"bonus": gbp(11)}))
    with pytest.raises(LookupError, match=r"leg return/none was never reserved"):
        await ledger.post(payment_request("return/none", 5), "re_2")
    with pytest.raises(LegClosed, match=f"{paid.key} is settled"):
        await ledger.release(paid, "declined")
