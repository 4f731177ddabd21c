"""Batched statements on either database: each caller gets its own result, of the types that SQLAlchemy's rows have."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import BindParameter, Update, bindparam, func
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select, update

from store.engine.database import Database
from store.engine.db_errors import is_transient
from store.inbox.inbox import InboundDelivery, Inbox
from store.tables.all import InboxRow, MerchantRow
from tests.builders import PLACED
from tests.databases import rows
from tests.store.conftest import MASTER
from tests.store.due_deliveries import claim_due

_ID: BindParameter[str] = bindparam("merchant")
_NAME_OF = select(MerchantRow.name).where(col(MerchantRow.id) == _ID)


def delivery(name: str, body: bytes = b"x") -> InboundDelivery:
    return InboundDelivery("acme", "generic", name, body, PLACED)


def renaming() -> Update:
    return update(MerchantRow).where(col(MerchantRow.id) == _ID).values(name=bindparam("name_"))


async def test_copies_of_a_delivery_that_come_at_once_are_one(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    came = [inbox.accept(delivery(name)) for name in ("evt_1", "evt_2", "evt_1", "evt_1")]
    assert sorted(await asyncio.gather(*came)) == ["duplicate", "duplicate", "new", "new"]
    assert len(await claim_due(inbox)) == 2


async def test_two_processes_that_get_the_same_deliveries_in_opposite_order_keep_each_once(
    db: Database, url: str
) -> None:
    other = Database(url)
    names = [f"evt_{number}" for number in range(40)]
    ours = [Inbox(db, MASTER).accept(delivery(name)) for name in names]
    theirs = [Inbox(other, MASTER).accept(delivery(name)) for name in reversed(names)]
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*ours, *theirs)
    assert sorted(outcomes) == ["duplicate"] * 40 + ["new"] * 40
    assert len(await claim_due(Inbox(db, MASTER))) == 40
    await other.close()


async def test_values_go_in_and_come_back_as_those_of_a_session_do(db: Database) -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 123456, timezone(timedelta(hours=9)))
    change = (
        update(MerchantRow)
        .where(col(MerchantRow.id) == _ID)
        .values(name=bindparam("name_"), clock=bindparam("at"), secrets=bindparam("sealed"), sandbox=False)
    )
    assert await db.write_one(change, merchant="acme", name_="Zoë 你好", at=at, sealed=b"\x00\xff") == 1
    columns = (
        MerchantRow.name, MerchantRow.clock, MerchantRow.secrets, MerchantRow.sandbox, MerchantRow.policy,
        MerchantRow.paused_at,
    )  # fmt: skip
    # SQLModel's `select` is typed for four columns at most.
    wanted = select(*columns).where(col(MerchantRow.id) == _ID)  # type: ignore[call-overload]
    row = await db.fetch_row(wanted, merchant="acme")
    async with db.read() as session:
        same = (await session.exec(wanted, params={"merchant": "acme"})).one()
    assert tuple(row) == tuple(same)
    assert [type(value) for value in row] == [type(value) for value in same]
    assert (row.name, row.clock, row.clock.utcoffset()) == ("Zoë 你好", at, timedelta(0))


async def test_an_instant_without_offset_is_refused_for_its_own_caller(db: Database) -> None:
    change = update(MerchantRow).where(col(MerchantRow.id) == _ID).values(clock=bindparam("at"))
    outcomes = await asyncio.gather(
        db.write_one(change, merchant="acme", at=datetime(2026, 1, 1)),  # noqa: DTZ001 - that it has no zone is tested
        db.write_one(change, merchant="other", at=PLACED),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], ValueError)
    assert outcomes[1] == 1


async def test_a_statement_that_fails_is_undone_alone(db: Database) -> None:
    rename = renaming()
    names = {"acme": "Better", "other": None}
    outcomes = await asyncio.gather(
        *(db.write_one(rename, merchant=one, name_=name) for one, name in names.items()),
        return_exceptions=True,
    )
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], IntegrityError)
    assert not is_transient(outcomes[1])
    assert (await db.fetch_row(_NAME_OF, merchant="acme")).name == "Better"
    assert (await db.fetch_row(_NAME_OF, merchant="other")).name == "other"


async def test_no_value_is_in_the_message_of_a_failed_statement(db: Database) -> None:
    move = update(MerchantRow).where(col(MerchantRow.id) == _ID).values(id=bindparam("to"))
    with pytest.raises(IntegrityError) as caught:
        await db.write_one(move, merchant="acme", to="other")
    assert "other" not in str(caught.value)


async def test_a_query_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError):
        await db.fetch_row(renaming(), merchant="acme", name_="Worse")
    assert (await db.fetch_row(_NAME_OF, merchant="acme")).name == "acme"


async def test_a_cancelled_caller_cancels_no_other_statement(db: Database) -> None:
    inbox = Inbox(db, MASTER)
    tasks = [asyncio.create_task(inbox.accept(delivery(f"evt_{number}"))) for number in range(6)]
    for gone in (0, 3, 5):
        await asyncio.sleep(0)
        tasks[gone].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcomes[number] for number in (1, 2, 4)] == ["new"] * 3
    assert {"evt_1", "evt_2", "evt_4"} <= {row.delivery_id for row in await claim_due(inbox)}


async def test_a_closed_database_is_opened_again_by_the_next_statement(db: Database) -> None:
    rename = renaming()
    for name in ("first", "second"):
        assert await db.write_one(rename, merchant="acme", name_=name) == 1
        assert (await db.fetch_row(_NAME_OF, merchant="acme")).name == name
        await db.close()


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_what_comes_at_once_is_one_transaction_on_few_connections(db: Database, url: str) -> None:
    inbox = Inbox(db, MASTER)
    queries = [select(MerchantRow.name).where(col(MerchantRow.id) == _ID) for _ in range(20)]
    await asyncio.gather(
        *(inbox.accept(delivery(f"evt_{number}")) for number in range(40)),
        *(db.fetch_row(query, merchant="acme") for query in queries),
    )
    assert rows(url, "SELECT count(DISTINCT xmin::text), count(*) FROM inbox") == [(1, 40)]
    count = select(func.count().label("kept")).select_from(InboxRow).where(col(InboxRow.merchant) == _ID)
    assert (await db.fetch_row(count, merchant="acme")).kept == 40
    used = rows(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ~ 'run_number'",
    )
    assert used[0][0] <= 4
