"""The ledger: every step, every step twice, all at once, and in any order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.order import Tender
from domain.model.payment import PaymentRequest
from domain.money import Money
from ports.ledger import LegClosed, NotCovered
from store.engine.database import Database
from store.ledger import journal
from store.ledger.refunds import StoredLedger, post_capture
from store.tables.ledger import LedgerEntry
from tests.databases import Databases, Kind
from tests.store.ledger_fixtures import (
    NOW,
    balances,
    card,
    database_with_order,
    entries,
    gbp,
    paid_order,
    payment_request,
)

Step = Callable[[StoredLedger, PaymentRequest], Awaitable[object]]


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    gift = Tender(tender_id="gift", kind="gift_card", amount=gbp(2000))
    database_ = await database_with_order(url, card(10_000), gift)
    yield database_
    await database_.close()


@pytest.fixture
def ledger(database: Database) -> StoredLedger:
    return StoredLedger(database)


CAPTURED = {
    "cash/sandbox": 10_000,
    "cash/gift_card": 2000,
    "tender/ord_1/card-1": -10_000,
    "tender/ord_1/gift": -2000,
}
TO_CARD = payment_request("return/ret_1/1/aa/1", 3000)
TO_CREDIT = payment_request("return/ret_1/1/bb/1", 3000, bonus=300, credit=True, purpose="store_credit")
BACK = payment_request("reversal/ret_1/bb/1", 3000, bonus=300, credit=True, purpose="reversal")


async def reserve(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.reserve(request)


async def sent(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.mark_sent(request)


async def post(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.post(request, "re_1")


async def release(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.release(request, "declined")


async def reserve_and_post(ledger: StoredLedger, request: PaymentRequest) -> None:
    await ledger.reserve(request)
    await ledger.post(request, "re_1")


VERBS: dict[str, Step] = {"reserve": reserve, "sent": sent, "post": post, "release": release}
CARD_HELD = {"tender/ord_1/card-1": -7000, f"reserved/{TO_CARD.key}": -3000}
CREDIT_HELD = {"tender/ord_1/card-1": -7000, f"reserved/{TO_CREDIT.key}": -3000}
CREDIT_PAID = {"tender/ord_1/card-1": -7000, "credit/cus_1": -3300, "expense/bonus/ord_1": 300}
STEPS: list[tuple[str, list[tuple[Step, PaymentRequest]], dict[str, int]]] = [
    ("captured", [], {}),
    ("a hold leaves its tender", [(reserve, TO_CARD)], CARD_HELD),
    ("sending moves nothing", [(reserve, TO_CARD), (sent, TO_CARD)], CARD_HELD),
    (
        "paid at the provider",
        [(reserve, TO_CARD), (sent, TO_CARD), (post, TO_CARD)],
        {"tender/ord_1/card-1": -7000, "cash/sandbox": 7000},
    ),
    ("a clean no gives the hold back", [(reserve, TO_CARD), (sent, TO_CARD), (release, TO_CARD)], {}),
    ("held for credit", [(reserve, TO_CREDIT)], CREDIT_HELD),
    ("paid as credit with a bonus", [(reserve, TO_CREDIT), (post, TO_CREDIT)], CREDIT_PAID),
    ("a reversal holds nothing", [(reserve, TO_CREDIT), (post, TO_CREDIT), (reserve, BACK)], CREDIT_PAID),
    ("credit taken back", [(reserve, TO_CREDIT), (post, TO_CREDIT), (reserve, BACK), (post, BACK)], {}),
]


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize(
    ("what", "steps", "changes"), STEPS, ids=[step[0].replace(" ", "_") for step in STEPS]
)
async def test_each_step_moves_exactly_its_money_however_often_it_is_repeated(
    database: Database,
    ledger: StoredLedger,
    what: str,
    steps: list[tuple[Step, PaymentRequest]],
    changes: dict[str, int],
    repeats: int,
) -> None:
    for step, request in steps:
        for _ in range(repeats):
            await step(ledger, request)
    expected = {account: minor for account, minor in {**CAPTURED, **changes}.items() if minor}
    assert await balances(database) == expected, what


async def test_a_capture_is_recorded_once(database: Database) -> None:
    async with database.write() as session:
        await post_capture(session, paid_order(card(10_000)))
    assert await balances(database) == CAPTURED
    assert [entry.key for entry in await entries(database)] == ["capture/ord_1"]


async def test_an_entry_that_does_not_balance_is_never_written(database: Database) -> None:
    lopsided = LedgerEntry(merchant="acme", order="ord_1", key="wrong", kind="post", at=NOW)
    with pytest.raises(ValueError, match="does not balance"):
        async with database.write() as session:
            await journal.post_entry(session, lopsided, [("cash/sandbox", gbp(1))])
    assert await balances(database) == CAPTURED


async def test_every_bonus_names_the_occasion_that_earned_it(
    database: Database, ledger: StoredLedger
) -> None:
    await reserve_and_post(ledger, TO_CREDIT)
    assert {entry.cause for entry in await entries(database)} == {"placed", TO_CREDIT.occasion}


async def test_fifty_reserves_at_once_never_hold_more_than_was_captured(
    database: Database, ledger: StoredLedger
) -> None:
    requests = [payment_request(f"return/ret_{i}/1/aa/1", 300) for i in range(50)]
    answers = await asyncio.gather(*(ledger.reserve(request) for request in requests), return_exceptions=True)
    assert sum(isinstance(answer, NotCovered) for answer in answers) == 50 - 33
    assert (await balances(database))["tender/ord_1/card-1"] == -100


async def test_the_same_leg_fifty_times_at_once_is_held_once(
    database: Database, ledger: StoredLedger
) -> None:
    answers = await asyncio.gather(*(ledger.reserve(TO_CARD) for _ in range(50)))
    assert {answer.status for answer in answers} == {"reserved"}
    assert (await balances(database))["tender/ord_1/card-1"] == -7000


async def test_two_equal_partial_refunds_are_two_payments(database: Database, ledger: StoredLedger) -> None:
    for part in (1, 2):
        request = payment_request(f"return/ret_1/{part}/aa/1", 5000)
        await ledger.reserve(request)
        await ledger.mark_sent(request)
        await ledger.post(request, f"re_{part}")
    assert await balances(database) == {"cash/gift_card": 2000, "tender/ord_1/gift": -2000}


@pytest.mark.parametrize(
    "refused",
    [
        payment_request("return/ret_9/1/aa/1", 10_001),
        payment_request("return/ret_9/1/aa/1", 1, tender_id="another"),
        payment_request("return/ret_9/1/aa/1", 1, order="ord_nobody_knows"),
        BACK,
    ],
    ids=["more_than_captured", "unknown_tender", "unknown_order", "reversal_without_credit"],
)
async def test_a_redemption_beyond_the_credit_is_refused_and_stays_refused(
    database: Database, ledger: StoredLedger, refused: PaymentRequest
) -> None:
    with pytest.raises(NotCovered):
        await reserve_and_post(ledger, refused)
    again = await ledger.reserve(refused)
    assert (again.status, again.decline) == ("released", "not_covered")
    assert await balances(database) == CAPTURED


async def test_a_released_leg_is_payable_again_under_its_next_epoch_only(
    database: Database, ledger: StoredLedger
) -> None:
    await ledger.reserve(TO_CARD)
    await ledger.mark_sent(TO_CARD)
    await ledger.release(TO_CARD, "declined")
    with pytest.raises(LegClosed):
        await ledger.mark_sent(TO_CARD)
    with pytest.raises(LegClosed):
        await ledger.post(TO_CARD, "re_late")
    second = payment_request("return/ret_1/1/aa/2", 3000)
    await ledger.reserve(second)
    await ledger.mark_sent(second)
    await ledger.post(second, "re_2")
    assert (await balances(database))["cash/sandbox"] == 7000


async def test_a_settled_leg_is_never_released(ledger: StoredLedger) -> None:
    await reserve_and_post(ledger, TO_CARD)
    with pytest.raises(LegClosed):
        await ledger.release(TO_CARD, "declined")


async def test_one_key_is_one_payment(ledger: StoredLedger) -> None:
    await ledger.reserve(TO_CARD)
    with pytest.raises(ValueError, match="another payment"):
        await ledger.reserve(payment_request(TO_CARD.key, 2999))


async def test_a_leg_that_was_sent_is_marked_as_sent(ledger: StoredLedger) -> None:
    await ledger.reserve(TO_CARD)
    await ledger.mark_sent(TO_CARD)
    record = await ledger.reserve(TO_CARD)
    assert record.status == "sent"


MOVES = st.lists(
    st.tuples(
        st.sampled_from(sorted(VERBS)),
        st.integers(0, 5),
        st.sampled_from(["provider", "credit"]),
    ),
    max_size=25,
)


def test_no_sequence_of_steps_unbalances_the_books_or_pays_more_than_was_captured(
    databases: Databases, kind: Kind
) -> None:
    async def apply_steps(moves: list[tuple[str, int, str]]) -> None:
        url = await databases.migrated(kind)
        database = await database_with_order(url, card(1000))
        try:
            ledger = StoredLedger(database)
            for verb, n, to in moves:
                request = payment_request(
                    f"return/ret_{n}/1/{to}/1", 150 + 100 * n, bonus=10, credit=to == "credit"
                )
                with suppress(NotCovered, LegClosed, LookupError):
                    await VERBS[verb](ledger, request)
                now = await balances(database)
                held = sum(minor for account, minor in now.items() if account.startswith("reserved/"))
                assert sum(now.values()) == 0
                assert now.get("tender/ord_1/card-1", 0) <= 0
                assert held <= 0
                assert now.get("cash/sandbox", 0) >= 0
        finally:
            await database.close()
            await databases.drop(url)

    @settings(max_examples=25 if kind == "sqlite" else 8)
    @given(moves=MOVES)
    def steps_applied(moves: list[tuple[str, int, str]]) -> None:
        asyncio.run(apply_steps(moves))

    steps_applied()


async def test_a_sending_that_never_left_is_undone_and_no_other(ledger: StoredLedger) -> None:
    await ledger.reserve(TO_CARD)
    first = await ledger.mark_sent(TO_CARD)
    await ledger.mark_unsent(TO_CARD, first)
    unsent = await ledger.reserve(TO_CARD)
    assert (unsent.status, unsent.sent_at, unsent.last_sent_at) == ("reserved", None, None)
    first = await ledger.mark_sent(TO_CARD)
    second = await ledger.mark_sent(TO_CARD)
    for at in (first, second):  # the first may have left, whatever became of the second
        await ledger.mark_unsent(TO_CARD, at)
    sent_twice = await ledger.reserve(TO_CARD)
    assert (sent_twice.status, sent_twice.sent_at, sent_twice.last_sent_at) == ("sent", first, second)
    await ledger.post(TO_CARD, "re_1")
    await ledger.mark_unsent(TO_CARD, second)
    assert (await ledger.reserve(TO_CARD)).status == "settled"


async def test_the_providers_id_of_an_accepted_payment_is_kept_until_it_has_ended(
    ledger: StoredLedger,
) -> None:
    await ledger.reserve(TO_CARD)
    await ledger.accept(TO_CARD, "re_early")
    assert (await ledger.reserve(TO_CARD)).reference == "re_early"
    await ledger.mark_sent(TO_CARD)
    await ledger.accept(TO_CARD, "re_1")
    accepted = await ledger.reserve(TO_CARD)
    assert (accepted.status, accepted.reference) == ("sent", "re_1")
    await ledger.post(TO_CARD, "re_1")
    await ledger.accept(TO_CARD, "re_late")
    ended = await ledger.reserve(TO_CARD)
    assert (ended.status, ended.reference) == ("settled", "re_1")


def test_the_accounts_of_an_order_have_its_name() -> None:
    names = [
        journal.dispute("ord_1", "dp_1"),
        journal.fees("ord_1"),
        journal.written_off("ord_1"),
        journal.claimed("ord_1"),
    ]
    assert names == ["dispute/ord_1/dp_1", "expense/fee/ord_1", "write_off/ord_1", "claimed/ord_1"]


async def test_the_balance_of_an_account_is_of_one_merchant_and_one_currency(database: Database) -> None:
    euros = Money(minor=7, currency="EUR")
    async with database.write() as session:
        for merchant, amount in (("acme", euros), ("other", gbp(5))):
            entry = LedgerEntry(merchant=merchant, order="ord_1", key="more", kind="post", at=NOW)
            legs = [
                ("cash/sandbox", amount),
                ("breakage", Money(minor=-amount.minor, currency=amount.currency)),
            ]
            await journal.post_entry(session, entry, legs)
        whose = [("acme", "GBP"), ("acme", "EUR"), ("other", "GBP"), ("other", "EUR")]
        found = [await journal.balance(session, merchant, "cash/sandbox", code) for merchant, code in whose]
    assert [one.minor for one in found] == [10_000, 7, 5, 0]


async def test_what_a_customer_gets_out_of_goodwill_costs_the_merchant_under_that_name(
    database: Database, ledger: StoredLedger
) -> None:
    kind = payment_request("goodwill/late/1", 0, bonus=500, credit=True, purpose="goodwill")
    await reserve_and_post(ledger, kind)
    assert await balances(database) == {**CAPTURED, "expense/goodwill/ord_1": 500, "credit/cus_1": -500}
