"""Store credit: reversed while it is unspent, gone when it expired, always the sum of its lots."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import col, select

from domain import payment_keys
from domain.actors import Actor, Role
from domain.model.payment import PaymentRequest
from ports.ledger import NotCovered
from store.engine.database import Database
from store.ledger import credit_views, store_credit
from store.ledger.adjustments import StaffAdjustment, adjust
from store.ledger.expiry_notices import ExpiringCredit, write_notices
from store.ledger.refunds import StoredLedger, post_capture
from store.tables.all import OutboxRow
from tests.store.ledger_fixtures import (
    NOW,
    balances,
    card,
    database_with_order,
    gbp,
    paid_order,
    payment_request,
)

TO_CREDIT = payment_request("return/ret_1/1/bb/1", 3000, bonus=300, credit=True, purpose="store_credit")
BACK = payment_request("reversal/ret_1/bb/1", 3000, bonus=300, credit=True, purpose="reversal")


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    database_ = await database_with_order(url, card(10_000))
    yield database_
    await database_.close()


@pytest.fixture
def ledger(database: Database) -> StoredLedger:
    return StoredLedger(database)


async def pay(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.reserve(request)
    await ledger.post(request, "credit")


async def test_credit_spent_meanwhile_cannot_be_taken_back(database: Database, ledger: StoredLedger) -> None:
    await pay(ledger, TO_CREDIT)
    await ledger.reserve(BACK)
    async with database.write() as session:
        assert await store_credit.expire(session, "acme", NOW + timedelta(days=365)) == 1
    with pytest.raises(NotCovered):
        await ledger.post(BACK, "credit")
    assert (await ledger.reserve(BACK)).decline == "not_covered"
    assert (await balances(database))["breakage"] == -300


async def test_a_reversal_takes_the_credit_of_its_own_order_first(
    database: Database, ledger: StoredLedger
) -> None:
    async with database.write() as session:
        await post_capture(session, paid_order(card(5000), order="ord_2"))
    other = payment_request("return/ret_2/1/aa/1", 1000, credit=True, order="ord_2", purpose="store_credit")
    for request in (other, TO_CREDIT):
        await ledger.reserve(request)
        await ledger.post(request, "credit")
    await pay(ledger, BACK)
    async with database.read() as session:
        (view,) = await credit_views.balances(session, "acme", "cus_1")
    assert view.balance == gbp(1000)
    assert [(lot.order, lot.remaining.minor) for lot in view.lots] == [("ord_2", 1000)]


async def test_a_bonus_expires_once_and_on_its_day_and_the_principal_never(
    database: Database, ledger: StoredLedger
) -> None:
    await pay(ledger, TO_CREDIT)
    end = NOW + timedelta(days=TO_CREDIT.credit_days)
    counts = []
    for moment in (end - timedelta(seconds=1), end, end):
        async with database.write() as session:
            counts.append(await store_credit.expire(session, "acme", moment))
            counts.append(await store_credit.expire(session, "another", moment))
    assert counts == [0, 0, 1, 0, 0, 0]
    async with database.read() as session:
        (view,) = await credit_views.balances(session, "acme", "cus_1")
    assert view.balance == gbp(3000)
    assert [(lot.part, lot.remaining, lot.expires_at) for lot in view.lots] == [
        ("principal", gbp(3000), None)
    ]


async def test_customers_are_told_once_before_what_is_left_of_a_bonus_expires(
    database: Database, ledger: StoredLedger
) -> None:
    await pay(ledger, TO_CREDIT)
    end = NOW + timedelta(days=365)
    written = []
    for day in (31, 30, 30, 8, 7, 3):
        async with database.write() as session:
            written.append(await write_notices(session, "acme", (30, 7), end - timedelta(days=day)))
    assert written == [0, 1, 0, 0, 1, 0]
    async with database.read() as session:
        rows = (await session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))).all()
    assert [row.key.rpartition("/")[2] for row in rows] == ["30", "7"]
    assert await ExpiringCredit(database).left("acme", TO_CREDIT.key) == gbp(300)


async def test_a_bonus_without_days_never_expires(database: Database, ledger: StoredLedger) -> None:
    await pay(ledger, TO_CREDIT.model_copy(update={"credit_days": None}))
    async with database.write() as session:
        assert await write_notices(session, "acme", (30, 7), NOW + timedelta(days=4000)) == 0
        assert await store_credit.expire(session, "acme", NOW + timedelta(days=4000)) == 0


async def test_a_bonus_that_has_expired_is_not_taken_back_and_the_leg_says_so(
    database: Database, ledger: StoredLedger
) -> None:
    tender = payment_keys.tender("card-1")
    given = payment_request(
        f"return/ret_1/1/{tender}/1", 3000, bonus=300, credit=True, purpose="store_credit"
    )
    back = payment_request(f"reversal/ret_1/{tender}/1", 3000, bonus=300, credit=True, purpose="reversal")
    back = back.model_copy(update={"occasion": payment_keys.occasion_of_reversal("ret_1")})
    await pay(ledger, given)
    async with database.write() as session:
        await store_credit.expire(session, "acme", NOW + timedelta(days=365))
        gift = StaffAdjustment(
            merchant="acme",
            customer="cus_1",
            reference="g",
            direction="increase",
            amount=gbp(50),
            reason="a gift",
        )
        await adjust(session, gift, Actor(role=Role.SENIOR_AGENT, name="k"), NOW)
    await ledger.reserve(back)
    assert await ledger.post(back, "credit") == gbp(0)
    record = await ledger.reserve(back)
    assert (record.status, record.bonus, await ledger.post(back, "credit")) == ("settled", 0, gbp(0))
    assert (await balances(database))["credit/cus_1"] == -50
