"""Store credit that is spent, held, captured, voided and refunded: what each step answers and what the books say then."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from domain import payment_keys
from domain.money import Money
from store.engine.database import Database
from store.ledger import redemption_steps as steps
from store.ledger import store_credit
from store.ledger.adjustments import StaffAdjustment, adjust
from store.ledger.redemption_steps import RedemptionName, StepResult
from store.ledger.redemptions import Redemption, RedemptionResult, redeem
from store.tables.ledger import CreditLot
from tests.store.credit_books import BONUS_ENDS, SHOP, audited, entries_since, euros, give, lots
from tests.store.ledger_fixtures import NOW, card, database_with_order, gbp

pytestmark = pytest.mark.databases_in_turn
CART = RedemptionName(merchant="acme", customer="cus_1", reference="cart")
HOUR = timedelta(hours=1)
GIVEN = 3  # entries before any step: captured, reserved, paid as credit


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    database_ = await database_with_order(url, card(10_000))
    await give(database_)
    yield database_
    await database_.close()


async def spend(
    database: Database, amount: Money, hold: timedelta | None = None, *, now: datetime = NOW,
    reference: str = "cart", customer: str = "cus_1",
) -> RedemptionResult:  # fmt: skip
    wanted = Redemption(merchant="acme", customer=customer, reference=reference, amount=amount, hold=hold)
    async with database.write() as session:
        return await redeem(session, wanted, SHOP, now)


async def capture(
    database: Database, amount: Money | None = None, now: datetime = NOW, name: RedemptionName = CART
) -> StepResult:
    async with database.write() as session:
        return await steps.capture(session, name, amount, SHOP, now)


async def void(database: Database, now: datetime = NOW, name: RedemptionName = CART) -> StepResult:
    async with database.write() as session:
        return await steps.void(session, name, SHOP, now)


async def refund(
    database: Database, amount: Money, reference: str = "r1", now: datetime = NOW, name: RedemptionName = CART
) -> StepResult:
    async with database.write() as session:
        return await steps.refund(session, name, (reference, amount), SHOP, now)


def stands(result: StepResult | RedemptionResult) -> tuple[Any, ...]:
    record = result.record
    assert record is not None
    amounts = (record.authorized, record.captured, record.refunded)
    assert {amount.currency for amount in amounts} == {"GBP"}
    assert record.reference == "cart"
    return (result.outcome, record.status, *(amount.minor for amount in amounts), record.expires_at)


async def test_what_expires_first_is_spent_first_and_the_books_say_so(database: Database) -> None:
    result = await spend(database, gbp(60))
    assert (stands(result), result.remaining) == (("new", "captured", 60, 60, 0, None), gbp(490))
    assert await lots(database) == [
        ("cus_1", "principal", 500, 490, None),
        ("cus_1", "bonus", 50, 0, BONUS_ENDS),
    ]
    assert await entries_since(database, GIVEN) == [
        (
            ("redeem", "redeem/cart", "cart", "", NOW),
            [("credit/cus_1", 60, "GBP"), ("redeemed/cart", -60, "GBP")],
        )
    ]
    assert await audited(database) == [
        ("storefront", "credit_redeemed", "cart", "", NOW, {"amount": 60, "currency": "GBP"})
    ]


async def test_all_of_the_credit_can_be_spent_and_not_a_penny_more(database: Database) -> None:
    more = await spend(database, gbp(551))
    assert (more.outcome, more.remaining, more.record) == ("insufficient", gbp(550), None)
    other = await spend(database, euros(1))
    assert (other.outcome, other.remaining) == ("insufficient", euros(0))
    assert (await spend(database, gbp(550))).remaining == gbp(0)
    with pytest.raises(ValueError, match="positive amount"):
        await spend(database, gbp(0), reference="another")
    assert (await spend(database, gbp(1), reference="another")).outcome == "insufficient"


async def test_a_penny_can_be_spent_and_expired_credit_cannot(database: Database) -> None:
    assert (await spend(database, gbp(1))).remaining == gbp(549)
    assert (await spend(database, gbp(501), now=BONUS_ENDS, reference="late")).remaining == gbp(500)


@pytest.mark.parametrize(
    ("customer", "minor", "hold", "outcome"),
    [
        ("cus_1", 100, None, "duplicate"),
        ("cus_1", 101, None, "conflict"),
        ("cus_2", 100, None, "conflict"),
        ("cus_1", 100, HOUR, "conflict"),
    ],
)
async def test_a_reference_is_spent_once(
    database: Database, customer: str, minor: int, hold: timedelta | None, outcome: str
) -> None:
    await spend(database, gbp(100))
    again = await spend(database, gbp(minor), hold, customer=customer)
    assert (again.outcome, again.record is None) == (outcome, outcome == "conflict")
    assert again.remaining == gbp(450 if customer == "cus_1" else 0)
    assert len(await entries_since(database, GIVEN)) == 1


async def test_what_is_authorized_is_held_and_a_part_of_it_captured(database: Database) -> None:
    held = await spend(database, gbp(520), HOUR)
    assert (stands(held), held.remaining) == (("new", "authorized", 520, 0, 0, NOW + HOUR), gbp(30))
    later = NOW + timedelta(minutes=59)
    assert stands(await capture(database, gbp(30), later)) == ("new", "captured", 520, 30, 0, NOW + HOUR)
    assert await lots(database) == [
        ("cus_1", "principal", 500, 500, None),
        ("cus_1", "bonus", 50, 20, BONUS_ENDS),
    ]
    assert await entries_since(database, GIVEN) == [
        (
            ("authorize_credit", "authorize_credit/cart", "cart", "", NOW),
            [("credit/cus_1", 520, "GBP"), ("held/cart", -520, "GBP")],
        ),
        (
            ("capture_credit", "capture_credit/cart", "cart", "", later),
            [
                ("held/cart", 520, "GBP"),
                ("redeemed/cart", -30, "GBP"),
                ("credit/cus_1", -470, "GBP"),
                ("credit/cus_1", -20, "GBP"),
            ],
        ),
    ]
    assert [(line[1], line[-1]) for line in await audited(database)] == [
        ("credit_authorized", {"amount": 520, "currency": "GBP"}),
        ("credit_captured", {"amount": 30, "currency": "GBP"}),
    ]


async def test_a_capture_without_an_amount_takes_all_and_may_be_repeated(database: Database) -> None:
    await spend(database, gbp(100), HOUR)
    for amount, outcome in ((None, "new"), (None, "duplicate"), (gbp(100), "duplicate"), (gbp(99), "closed")):
        assert stands(await capture(database, amount)) == (outcome, "captured", 100, 100, 0, NOW + HOUR)
    assert (await capture(database, euros(100))).outcome == "closed"


@pytest.mark.parametrize("amount", [gbp(101), gbp(0), gbp(-1), euros(100)])
async def test_a_capture_beyond_what_is_held_takes_nothing(database: Database, amount: Money) -> None:
    await spend(database, gbp(100), HOUR)
    assert stands(await capture(database, amount)) == ("too_much", "authorized", 100, 0, 0, NOW + HOUR)
    assert stands(await capture(database, gbp(1)))[:4] == ("new", "captured", 100, 1)


async def test_what_was_taken_at_once_or_voided_or_has_ended_is_not_captured(database: Database) -> None:
    await spend(database, gbp(100))
    assert (await capture(database)).outcome == "closed"
    for reference, hold in (("voided", HOUR), ("ended", HOUR)):
        await spend(database, gbp(10), hold, reference=reference)
    voided, ended = (CART.model_copy(update={"reference": one}) for one in ("voided", "ended"))
    await void(database, name=voided)
    assert (await capture(database, name=voided)).outcome == "closed"
    assert (await capture(database, now=NOW + HOUR, name=ended)).outcome == "closed"
    assert (await capture(database, now=NOW + HOUR - timedelta(seconds=1), name=ended)).outcome == "new"


async def test_nobody_touches_the_redemption_of_another_customer_or_merchant(database: Database) -> None:
    await spend(database, gbp(100), HOUR)
    for change in ({"customer": "cus_2"}, {"merchant": "other"}, {"reference": "none"}):
        name = CART.model_copy(update=change)
        results = [
            await capture(database, name=name), await void(database, name=name),
            await refund(database, gbp(1), name=name),
        ]  # fmt: skip
        assert [(one.outcome, one.record) for one in results] == [("unknown", None)] * 3
    assert len(await entries_since(database, GIVEN)) == 1


async def test_a_voided_authorization_is_the_customers_again_once(database: Database) -> None:
    await spend(database, gbp(520), HOUR)
    for outcome in ("new", "duplicate"):
        assert stands(await void(database)) == (outcome, "voided", 520, 0, 0, NOW + HOUR)
    assert [one[3] for one in await lots(database)] == [500, 50]
    _, (name, postings) = await entries_since(database, GIVEN)
    assert name == ("void_credit", "void_credit/cart", "cart", "", NOW)
    assert postings == [
        ("held/cart", 520, "GBP"), ("credit/cus_1", -470, "GBP"), ("credit/cus_1", -50, "GBP"),
    ]  # fmt: skip
    assert (await audited(database))[1][:3] == ("storefront", "credit_voided", "cart")
    assert (await refund(database, gbp(1))).outcome == "closed"


async def test_what_is_spent_is_not_voided(database: Database) -> None:
    await spend(database, gbp(100))
    assert stands(await void(database))[:2] == ("closed", "captured")


async def test_spent_credit_comes_back_once_per_reference_and_never_above_what_was_spent(
    database: Database,
) -> None:
    await spend(database, gbp(60))
    assert stands(await refund(database, gbp(15))) == ("new", "captured", 60, 60, 15, None)
    assert [one[3] for one in await lots(database)] == [500, 5], "what never expires comes back first"
    [_, (name, postings)] = await entries_since(database, GIVEN)
    subject = payment_keys.refund_of_redemption("cart", "r1")
    assert name == ("refund_credit", f"refund_credit/{subject}", "cart", "", NOW)
    assert postings == [
        ("redeemed/cart", 15, "GBP"), ("credit/cus_1", -10, "GBP"), ("credit/cus_1", -5, "GBP"),
    ]  # fmt: skip
    for amount, reference, outcome in (
        (gbp(15), "r1", "duplicate"), (gbp(16), "r1", "conflict"), (euros(15), "r1", "conflict"),
        (gbp(46), "r2", "too_much"), (gbp(0), "r2", "too_much"), (euros(1), "r2", "too_much"),
        (gbp(1), "r4", "new"), (gbp(1), "r4", "duplicate"), (gbp(45), "r2", "too_much"),
        (gbp(44), "r2", "new"), (gbp(1), "r3", "too_much"), (gbp(15), "r1", "duplicate"),
    ):  # fmt: skip
        assert (await refund(database, amount, reference)).outcome == outcome, (amount, reference)
    assert [one[3] for one in await lots(database)] == [500, 50]
    assert (await audited(database))[1] == (
        "storefront", "credit_refunded", "cart", "", NOW, {"amount": 15, "currency": "GBP"},
    )  # fmt: skip


async def test_an_authorization_is_not_refunded(database: Database) -> None:
    await spend(database, gbp(100), HOUR)
    assert stands(await refund(database, gbp(1)))[:2] == ("closed", "authorized")


async def test_a_bonus_that_expired_while_it_was_spent_is_valid_again_for_as_long_as_it_was(
    database: Database,
) -> None:
    taken = NOW + timedelta(days=355)
    await spend(database, gbp(40), now=taken)
    back = BONUS_ENDS + timedelta(days=100)
    assert (await refund(database, gbp(30), now=back)).outcome == "new"
    assert await lots(database) == [
        ("cus_1", "principal", 500, 500, None),
        ("cus_1", "bonus", 50, 10, BONUS_ENDS),
        ("cus_1", "bonus", 30, 30, back + timedelta(days=10)),
    ]
    async with database.read() as session:
        again = (await session.exec(select(CreditLot).where(CreditLot.granted == 30))).one()
    assert (again.granted_at, again.order) == (back, "ord_1")


async def test_a_bonus_comes_back_into_its_lot_until_the_moment_when_it_ends(database: Database) -> None:
    await spend(database, gbp(40))
    await refund(database, gbp(1), now=BONUS_ENDS - timedelta(seconds=1))
    await refund(database, gbp(2), "r2", now=BONUS_ENDS)
    assert [(one[3], one[4]) for one in (await lots(database))[1:]] == [
        (11, BONUS_ENDS), (2, BONUS_ENDS + timedelta(days=365)),
    ]  # fmt: skip


async def test_authorizations_end_at_their_time_and_each_once(database: Database) -> None:
    for reference, hold in (("a", HOUR), ("b", 2 * HOUR)):
        await spend(database, gbp(100), hold, reference=reference)
    await spend(database, gbp(5), reference="c")

    async def sweep(merchant: str, now: datetime) -> int:
        async with database.write() as session:
            return await steps.expire_authorizations(session, merchant, now)

    async def next_end() -> dict[str, datetime]:
        return await steps.merchants_with_authorizations(database)

    async with database.write() as session:
        gift = StaffAdjustment(
            merchant="other",
            customer="cus_1",
            reference="g",
            direction="increase",
            amount=gbp(9),
            reason="sealed",
        )
        await adjust(session, gift, SHOP, NOW)
        held = Redemption(merchant="other", customer="cus_1", reference="a", amount=gbp(9), hold=9 * HOUR)
        await redeem(session, held, SHOP, NOW)
    assert await next_end() == {"acme": NOW + HOUR, "other": NOW + 9 * HOUR}
    ended = [
        await sweep(merchant, now)
        for merchant, now in (
            ("acme", NOW + HOUR - timedelta(seconds=1)), ("other", NOW + HOUR), ("acme", NOW + HOUR),
            ("acme", NOW + HOUR), ("acme", NOW + 3 * HOUR),
        )
    ]  # fmt: skip
    assert ended == [0, 0, 1, 0, 1]
    assert await next_end() == {"other": NOW + 9 * HOUR}
    assert sum(one[3] for one in await lots(database)) == 545
    expired = [line for line in await audited(database) if line[1] == "credit_authorization_expired"]
    assert [(line[0], line[2], line[4], line[5]["amount"]) for line in expired] == [
        ("system", "a", NOW + HOUR, 100), ("system", "b", NOW + 3 * HOUR, 100),
    ]  # fmt: skip
    assert (await void(database, name=CART.model_copy(update={"reference": "a"}))).outcome == "duplicate"


async def test_the_credit_that_expires_next_is_known_per_merchant(database: Database) -> None:
    assert await store_credit.earliest_expiry(database) == {"acme": BONUS_ENDS}
    async with database.write() as session:
        assert await store_credit.expire(session, "acme", BONUS_ENDS) == 1
    assert await store_credit.earliest_expiry(database) == {}
    [(name, postings)] = await entries_since(database, GIVEN)
    assert name == ("expire", "expire/return/ret_1/1/aa/1", "return/ret_1/1/aa/1", "ord_1", BONUS_ENDS)
    assert postings == [("credit/cus_1", 50, "GBP"), ("breakage", -50, "GBP")]


async def test_credit_in_many_small_lots_is_spent_whole(database: Database) -> None:
    """More lots than are locked at once."""
    async with database.write() as session:
        for number in range(60):
            gift = StaffAdjustment(
                merchant="acme", customer="cus_1", reference=f"g{number}", direction="increase", amount=gbp(1),
                reason="sealed", expires_at=NOW + timedelta(days=1 + number),
            )  # fmt: skip
            await adjust(session, gift, SHOP, NOW)
    assert (await spend(database, gbp(55))).remaining == gbp(555)
    assert [one[3] for one in (await lots(database))[2:]] == [0] * 55 + [1] * 5
    assert (await spend(database, gbp(556), reference="more")).outcome == "insufficient"
    assert (await spend(database, gbp(555), reference="all")).remaining == gbp(0)


async def test_redemptions_give_back_what_is_their_own_and_what_ends_last_first(database: Database) -> None:
    async with database.write() as session:
        for merchant, minor, days in (("acme", 20, 40), ("acme", 30, 20), ("other", 70, 20)):
            gift = StaffAdjustment(
                merchant=merchant, customer="cus_1", reference=f"g{days}", direction="increase", amount=gbp(minor),
                reason="sealed", expires_at=NOW + timedelta(days=days),
            )  # fmt: skip
            await adjust(session, gift, SHOP, NOW)
        await redeem(
            session,
            Redemption(merchant="other", customer="cus_1", reference="cart", amount=gbp(70)),
            SHOP,
            NOW,
        )
    await spend(database, gbp(10), HOUR, reference="first")
    await spend(database, gbp(35))
    assert [one[3] for one in await lots(database)] == [500, 50, 5, 0, 0]
    assert (await refund(database, gbp(5))).outcome == "new"
    assert (
        await refund(database, gbp(5), name=CART.model_copy(update={"merchant": "other"}))
    ).outcome == "new"
    assert [one[3] for one in await lots(database)] == [500, 50, 10, 0, 5]
    await void(database, name=CART.model_copy(update={"reference": "first"}))
    assert [one[3] for one in await lots(database)] == [500, 50, 10, 10, 5]


async def test_all_authorizations_that_are_over_end_in_one_sweep(database: Database) -> None:
    for reference in ("a", "b"):
        await spend(database, gbp(10), HOUR, reference=reference)
    async with database.write() as session:
        assert await steps.expire_authorizations(session, "acme", NOW + HOUR) == 2
