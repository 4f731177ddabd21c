"""Any sequence of operations on money and credit: the books balance, and a replay of the journal gives every reported sum."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from domain.actors import Actor, Role
from domain.chart_of_accounts import account_class
from domain.money import Money
from ports.ledger import LegClosed, NotCovered
from store.engine.database import Database
from store.ledger import redemption_steps, reports, store_credit
from store.ledger.adjustments import StaffAdjustment, adjust
from store.ledger.claims import Claim, claim
from store.ledger.redemption_steps import RedemptionName
from store.ledger.redemptions import Redemption, redeem
from store.ledger.refunds import StoredLedger
from store.ledger.reports import Period
from store.tables.credit import RedemptionRow
from store.tables.ledger import CreditLot
from tests.databases import Databases, Kind
from tests.store.ledger_fixtures import NOW, card, database_with_order, entries, payment_request

STAFF = Actor(role=Role.SENIOR_AGENT, name="k1")
OPERATIONS = (
    "pay",
    "credit",
    "reverse",
    "give",
    "take",
    "spend",
    "authorize",
    "capture",
    "void",
    "refund",
    "claim",
    "wait",
)
MOVES = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 3), st.integers(1, 700)), min_size=4, max_size=25
)


class Books:
    """One order's ledger, on which operations are tried; those that are refused change nothing."""

    def __init__(self, database: Database) -> None:
        self.database, self.ledger, self.now = database, StoredLedger(database), NOW
        self.days: list[datetime] = [NOW]

    async def try_(self, operation: str, n: int, minor: int) -> None:
        match operation:
            case "pay" | "credit":
                await self._pay(n, minor, credit=operation == "credit")
            case "reverse":
                back = payment_request(
                    f"reversal/ret_{n}/bb/1", minor, bonus=40, credit=True, purpose="reversal"
                )
                await self._settle(back)
            case "wait":
                self.now += timedelta(days=minor)
                self.days.append(self.now)
                async with self.database.write() as session:
                    await redemption_steps.expire_authorizations(session, "acme", self.now)
                    await store_credit.expire(session, "acme", self.now)
            case _:
                await self._credit(operation, n, minor)

    async def _pay(self, n: int, minor: int, *, credit: bool) -> None:
        purpose, bonus = ("store_credit", 40) if credit else ("refund", 0)
        key = f"return/ret_{n}/{minor}/{'bb' if credit else 'aa'}/1"
        request = payment_request(key, minor, bonus=bonus, credit=credit, purpose=purpose)  # type: ignore[arg-type]
        await self._settle(request.model_copy(update={"now": self.now}))

    async def _settle(self, request: object) -> None:
        with suppress(NotCovered, LegClosed, ValueError):
            await self.ledger.reserve(request)  # type: ignore[arg-type]
            await self.ledger.post(request, "re")  # type: ignore[arg-type]

    async def _credit(self, operation: str, n: int, minor: int) -> None:
        customer = "cus_1" if minor % 3 else "cus_2"
        name = RedemptionName(merchant="acme", customer=customer, reference=f"cart-{n}")
        amount = Money(minor=minor, currency="GBP")
        async with self.database.write() as session:
            match operation:
                case "give" | "take":
                    change = StaffAdjustment(
                        merchant="acme",
                        customer=customer,
                        reference=f"{operation}-{n}",
                        direction="increase" if operation == "give" else "decrease",
                        amount=amount,
                        reason="a test",
                        expires_at=self.now + timedelta(days=90)
                        if minor % 2 and operation == "give"
                        else None,
                    )
                    await adjust(session, change, STAFF, self.now)
                case "spend" | "authorize":
                    hold = timedelta(days=3) if operation == "authorize" else None
                    spent = Redemption(**name.model_dump(), amount=amount, hold=hold)
                    await redeem(session, spent, STAFF, self.now)
                case "capture":
                    await redemption_steps.capture(session, name, amount, STAFF, self.now)
                case "void":
                    await redemption_steps.void(session, name, STAFF, self.now)
                case "refund":
                    await redemption_steps.refund(session, name, (f"rf-{minor}", amount), STAFF, self.now)
                case "claim":
                    guest, owner = ("cus_1", "cus_2") if minor % 2 else ("cus_2", "cus_1")
                    moved = Claim(merchant="acme", link=f"clm_{n}", guest=guest, customer=owner)
                    await claim(session, moved, STAFF, self.now)

    async def check(self) -> None:
        """The reported sums are those of the journal, replayed line by line, as of every day that the test has seen."""
        for day in [None, *self.days]:
            async with self.database.read() as session:
                totals = await reports.trial_balance(session, "acme", Period(until=day))
                journal = (await reports.lines(session, "acme", Period(until=day), limit=5000)).items
            replayed: Counter[tuple[str, str]] = Counter()
            for line in journal:
                replayed[line.currency, account_class(line.account)] += line.debit - line.credit
            assert {(one.currency, one.account_class): one.closing for one in totals} == dict(replayed)
            assert sum(replayed.values()) == 0
        by_entry: Counter[str] = Counter()
        for line in journal:
            by_entry[line.entry] += line.debit - line.credit
        assert not any(by_entry.values())
        await self._check_credit()
        assert len({entry.key for entry in await entries(self.database)}) == len(await entries(self.database))

    async def _check_credit(self) -> None:
        async with self.database.read() as session:
            lots = (await session.exec(select(CreditLot))).all()
            redemptions = (await session.exec(select(RedemptionRow))).all()
            found = (await reports.lines(session, "acme", Period(), limit=5000)).items
        owed: Counter[str] = Counter()
        for line in found:
            owed[line.account] += line.credit - line.debit
        expected = Counter[str]()
        for lot in lots:
            assert 0 <= lot.remaining <= lot.granted
            expected[f"credit/{lot.customer}"] += lot.remaining
        for row in redemptions:
            assert 0 <= row.refunded <= row.captured <= row.authorized
            expected[f"held/{row.reference}"] = row.authorized if row.status == "authorized" else 0
            expected[f"redeemed/{row.reference}"] = row.captured - row.refunded
        kinds = ("credit/", "held/", "redeemed/")
        actual = {account: minor for account, minor in owed.items() if minor and account.startswith(kinds)}
        assert actual == {account: minor for account, minor in expected.items() if minor}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_any_sequence_balances_and_a_replay_of_the_journal_gives_the_same_sums(
    databases: Databases, kind: Kind
) -> None:
    async def play(moves: list[tuple[str, int, int]]) -> None:
        url = await databases.migrated(kind)
        database = await database_with_order(url, card(2000))
        try:
            books = Books(database)
            for move in moves:
                await books.try_(*move)
            await books.check()
        finally:
            await database.close()
            await databases.drop(url)

    @settings(max_examples=40)
    @given(moves=MOVES)
    def played(moves: list[tuple[str, int, int]]) -> None:
        asyncio.run(play(moves))

    played()
