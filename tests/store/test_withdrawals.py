"""Statements of withdrawal: the letter leaves whatever becomes of the return, no key goes too early, and one person decides."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlmodel import select, update

from domain.actors import Actor, Role
from domain.model.order import Order
from domain.sealed import Sealed
from ports.channels import Bounced
from services.journeys import JourneyUnavailable
from services.order_reader import FoundOrder
from services.withdrawals.statement import WithdrawalStatement
from services.withdrawals.steps import UNDELIVERED, UNKNOWN_ORDER, WithdrawalSteps
from store.audit import AuditLine
from store.engine.columns import real_now
from store.engine.database import Database
from store.orders.withdrawals import Withdrawals
from store.privacy.vault import ERASED, Vault
from store.tables.all import AttentionRow, WithdrawalRow
from tests.builders import AGENT, PLACED, a_state

STATED = WithdrawalStatement(name="Á. K.", email="ak@example.org", number="#1001", text="I withdraw.")
# What may differ between the databases is locks and keys.
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
GUEST = Actor(role=Role.CUSTOMER, name="withdrawal form")


@dataclass
class Surroundings:
    """The order, the journey and the mail server of one test."""

    vault: Vault
    order: FoundOrder | None = None
    outage: Exception | None = None
    bounce: Exception | None = None
    zones: list[str] = field(default_factory=list)

    async def match(self, wanted: object) -> FoundOrder | None:
        return self.order

    async def state(self, order: FoundOrder) -> Any:
        if self.outage:
            raise self.outage
        return SimpleNamespace(state=a_state())

    async def send(self, row: WithdrawalRow, statement: WithdrawalStatement) -> datetime:
        if self.bounce:
            raise self.bounce
        self.zones.append(statement.zone)
        return PLACED

    async def business_now(self, merchant: str) -> datetime:
        return PLACED

    async def in_force(self, merchant: str) -> Any:
        return SimpleNamespace(policy=SimpleNamespace(attention_days=2))

    def steps(self, withdrawals: Withdrawals) -> WithdrawalSteps:
        here = cast(Any, self)
        return WithdrawalSteps(withdrawals, here, here, here, here, here, here, here, self.vault)


@pytest.fixture
def withdrawals(db: Database) -> Withdrawals:
    return Withdrawals(db)


@pytest.fixture
def around(vault: Vault) -> Surroundings:
    return Surroundings(vault)


async def stated(withdrawals: Withdrawals, vault: Vault, name: str = "wdr_1", order: str = "") -> None:
    sealed = await vault.seal("acme", name, STATED.model_dump_json())
    row = WithdrawalRow(
        id=name, merchant="acme", order=order, sealed=sealed.model_dump_json(), source="page", role=GUEST.role,
        name=GUEST.name, received_at=PLACED, created_at=real_now(), not_before=real_now(),
    )  # fmt: skip
    line = AuditLine(GUEST, "withdrawal_received", PLACED, subject=name)
    assert await withdrawals.add(row, line, PLACED + timedelta(days=2))


async def kept(withdrawals: Withdrawals, name: str = "wdr_1") -> WithdrawalRow:
    row = await withdrawals.find("acme", name)
    assert row is not None
    return row


async def is_asked(db: Database) -> bool:
    async with db.read() as session:
        return bool((await session.exec(select(AttentionRow))).all())


@SQLITE
@pytest.mark.parametrize("outage", [JourneyUnavailable(), ValueError("a defect")])
async def test_it_is_confirmed_though_its_return_cannot_be_opened(
    withdrawals: Withdrawals, around: Surroundings, vault: Vault, outage: Exception
) -> None:
    await stated(withdrawals, vault, order="")
    around.order, around.outage = FoundOrder("acme", "ord_one", "#1001", "cus_ada"), outage
    assert await around.steps(withdrawals).step() == 1
    row = await kept(withdrawals)
    assert (row.confirmed_at, row.outcome, row.status) == (PLACED, "received", "queued")
    assert row.reason == type(outage).__name__


@SQLITE
async def test_an_address_that_takes_no_letter_is_a_question_and_no_confirmation(
    db: Database, withdrawals: Withdrawals, around: Surroundings, vault: Vault
) -> None:
    await stated(withdrawals, vault)
    around.bounce = Bounced("550 not here")
    await around.steps(withdrawals).step()
    row = await kept(withdrawals)
    assert (row.confirmed_at, row.outcome, row.status) == (None, "case", "done")
    assert row.reasons == f"{UNKNOWN_ORDER},{UNDELIVERED}"
    assert await is_asked(db)


async def test_the_letter_has_the_time_of_the_order_and_the_key_goes_only_after_that_was_written(
    db: Database, withdrawals: Withdrawals, around: Surroundings, vault: Vault, placed: Order
) -> None:
    await vault.seal("acme", "cus_ada", "Ada")
    await stated(withdrawals, vault)
    row, steps = await withdrawals.claim(), around.steps(withdrawals)
    assert row is not None
    order, at_first = FoundOrder("acme", "ord_one", "#1001", "cus_ada"), row.sealed
    async with db.write() as session:
        await session.exec(update(WithdrawalRow).values(lease_until=None))
    await steps.give_to(row, order)
    assert await vault.open(Sealed.model_validate_json((await kept(withdrawals)).sealed)) != ERASED
    again = await withdrawals.claim()
    assert again is not None
    await steps.give_to(again, order)
    assert (again.order, (await steps.statement_of(again) or STATED).zone) == ("ord_one", "Europe/London")
    assert await vault.open(Sealed.model_validate_json(at_first)) == ERASED
    assert await withdrawals.with_own_key("acme", "", 10) == []


async def test_of_two_persons_and_a_process_one_works_on_it(withdrawals: Withdrawals, vault: Vault) -> None:
    await stated(withdrawals, vault)
    row = await withdrawals.claim_for_person("acme", "wdr_1")
    assert row is not None
    assert await withdrawals.claim_for_person("acme", "wdr_1") is None
    assert await withdrawals.claim_for_person("other", "wdr_1") is None
    assert await withdrawals.claim() is None
    line = AuditLine(AGENT, "withdrawal_closed", PLACED, subject="wdr_1")
    assert await withdrawals.decide(row, line, outcome="closed")
    assert not await withdrawals.decide(row, line, outcome="opened")
    assert await withdrawals.claim_for_person("acme", "wdr_1") is None, "it is decided"
    left = await withdrawals.claim()
    assert (left and left.outcome) == "closed", "its letter is still to be sent"


@SQLITE
async def test_an_erased_statement_asks_nobody(
    db: Database, withdrawals: Withdrawals, around: Surroundings, vault: Vault
) -> None:
    await stated(withdrawals, vault)
    assert await is_asked(db)
    await vault.erase("acme", "wdr_1")
    await around.steps(withdrawals).step()
    assert ((await kept(withdrawals)).status, await is_asked(db)) == ("done", False)
    assert around.zones == []


@SQLITE
async def test_statements_with_a_key_of_their_own_are_found_whether_their_order_is_known_or_not(
    withdrawals: Withdrawals, vault: Vault
) -> None:
    for name, order in (("wdr_1", ""), ("wdr_2", "ord_one"), ("wdr_3", "")):
        await stated(withdrawals, vault, name, order)
    await vault.erase("acme", "wdr_3")
    assert [row.id for row in await withdrawals.with_own_key("acme", "", 10)] == ["wdr_1", "wdr_2"]
    row = await withdrawals.claim_for_person("acme", "wdr_2")
    assert row is not None
    await withdrawals.decide(row, AuditLine(AGENT, "withdrawal_closed", PLACED), outcome="closed")
    old = await withdrawals.with_own_key("acme", "", 10, decided_before=PLACED + timedelta(days=1))
    assert [one.id for one in old] == ["wdr_2"]
    assert await withdrawals.with_own_key("acme", "", 10, decided_before=PLACED) == []
