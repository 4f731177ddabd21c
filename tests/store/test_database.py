"""Transactions: an update is never lost between its read and its write, with any other writers."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import bindparam
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import col, select, update

from store.engine.database import Database
from store.engine.inserts import insert_new
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.tables.all import MerchantRow
from tests.builders import PLACED
from tests.store.conftest import MASTER


async def counted(db: Database) -> int:
    async with db.read() as session:
        return (await session.get_one(MerchantRow, "acme")).policy


async def count_one(db: Database) -> None:
    async with db.write() as session:
        row = await session.get_one(MerchantRow, "acme", with_for_update=True)
        policy = row.policy
        await asyncio.sleep(0)  # let the others run, if that is possible
        row.policy = policy + 1


async def test_four_tasks_of_fifty_read_modify_writes_lose_nothing(db: Database) -> None:
    async def fifty_updates() -> None:
        for _ in range(50):
            await count_one(db)

    before = await counted(db)
    await asyncio.gather(*(fifty_updates() for _ in range(4)))
    assert await counted(db) == before + 200


async def test_two_processes_with_their_own_engines_lose_no_update(db: Database, url: str) -> None:
    second = Database(url)
    before = await counted(db)
    await asyncio.gather(*(count_one(one) for one in (db, second) * 30))
    await second.close()
    assert await counted(db) == before + 60


async def test_a_failed_transaction_leaves_nothing(db: Database) -> None:
    async def break_off() -> None:
        async with db.write() as session:
            (await session.get_one(MerchantRow, "acme")).name = "half done"
            await session.flush()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await break_off()
    async with db.read() as session:
        assert (await session.get_one(MerchantRow, "acme")).name == "acme"


async def test_cancelled_writers_neither_hold_the_lock_nor_leave_half_a_change(
    db: Database,
) -> None:
    before = await counted(db)
    tasks = [asyncio.create_task(count_one(db)) for _ in range(20)]
    for turn, task in enumerate(tasks):
        for _ in range(turn * 3):
            await asyncio.sleep(0)
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(count_one(db), timeout=5)
    finished = sum(one is None for one in done)
    # a task cancelled while its commit was already with the driver has counted too
    assert before + finished + 1 <= await counted(db) <= before + len(tasks) + 1


async def test_the_reader_cannot_write(db: Database) -> None:
    async with db.read() as session:
        with pytest.raises(DBAPIError):
            await session.exec(update(MerchantRow).where(col(MerchantRow.id) == "acme").values(name="x"))


async def test_a_reader_sees_one_moment_while_others_write(db: Database) -> None:
    async with db.read() as session:
        first = (await session.exec(select(MerchantRow.policy).where(MerchantRow.id == "acme"))).one()
        await count_one(db)
        assert (await session.exec(select(MerchantRow.policy).where(MerchantRow.id == "acme"))).one() == first


async def test_instants_come_back_with_their_offset_and_go_in_only_with_one(db: Database) -> None:
    assert await Clocks(db).get("acme") == PLACED
    with pytest.raises(StatementError, match="needs its offset"):
        async with db.write() as session:
            (await session.get_one(MerchantRow, "acme")).clock = datetime(2026, 1, 1)  # noqa: DTZ001


async def test_insert_new_returns_whether_the_row_was_new(db: Database) -> None:
    row = MerchantRow(id="new", name="first", sandbox=False, secrets=b"", created_at=PLACED)
    again = row.model_copy(update={"name": "second"})
    async with db.write() as session:
        assert await insert_new(session, row)
        assert not await insert_new(session, again)
        assert (await session.get_one(MerchantRow, "new")).name == "first"


def test_an_in_memory_database_is_refused() -> None:
    with pytest.raises(ValueError, match="in-memory"):
        Database("sqlite+aiosqlite:///:memory:")


async def test_a_single_read_sees_what_was_just_written_and_blocks_no_writer(db: Database) -> None:
    async with db.read_one() as session:
        assert await session.get(MerchantRow, "third") is None
    await Merchants(db, MASTER).create(NewMerchant(id="third", name="Third", sandbox=True))
    async with db.read_one() as session:
        assert await session.get(MerchantRow, "third") is not None


async def test_a_single_write_says_how_many_rows_it_wrote_and_a_query_finds_them(db: Database) -> None:
    rename = update(MerchantRow).where(col(MerchantRow.id) == bindparam("merchant")).values(name="Better")
    selected = select(MerchantRow.name).where(col(MerchantRow.id) == bindparam("merchant"))
    assert await db.write_one(rename, merchant="acme") == 1
    assert await db.write_one(rename, merchant="nobody") == 0
    assert (await db.fetch_row(selected, merchant="acme")).name == "Better"
    assert await db.fetch_row(selected, merchant="nobody") is None
    # More than there are connections.
    await asyncio.gather(*(db.fetch_row(selected, merchant="acme") for _ in range(50)))
