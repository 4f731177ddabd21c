"""Batched statements on SQLite: many callers share one transaction, and each gets its own result."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Select, bindparam, column, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from store.engine import sqlite_batches, sqlite_driver
from store.engine.database import Database
from store.engine.db_errors import is_transient
from store.engine.sqlite_batches import SqliteBatches

_PUT = text("INSERT INTO shelf VALUES (:id, :goods, :owner)")


@pytest_asyncio.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'smot.db'}")
    owner = "REFERENCES owners(id) DEFERRABLE INITIALLY DEFERRED"
    async with db.writer.begin() as connection:
        await connection.execute(text("CREATE TABLE owners (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text(f"CREATE TABLE shelf (id INTEGER PRIMARY KEY, goods TEXT, owner INTEGER {owner})")
        )
        await connection.execute(text("INSERT INTO owners VALUES (1)"))
    yield db
    await db.close()


@pytest_asyncio.fixture
async def batches(db: Database) -> AsyncIterator[SqliteBatches]:
    """Rows as a database has them, with foreign keys that are checked."""
    batches = SqliteBatches(db.url.partition(":///")[2], ("busy_timeout=0", "foreign_keys=ON"), writes=True)
    yield batches
    await batches.close()


@pytest.fixture
def transactions_begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each transaction that was begun."""
    transactions: list[str] = []

    def begin(driver: sqlite3.Connection) -> None:
        transactions.append("begun")
        sqlite_driver.begin_immediate(driver)

    monkeypatch.setattr(sqlite_batches, "begin_immediate", begin)
    return transactions


def put(to: SqliteBatches | Database, number: int, goods: object = "mug", owner: int = 1) -> Awaitable[int]:
    values = {"id": number, "goods": goods, "owner": owner}
    return to.write_one(_PUT, **values) if isinstance(to, Database) else to.execute(_PUT, values)


async def kept(db: Database) -> list[int]:
    async with db.read() as session:
        return [*(await session.exec(text("SELECT id FROM shelf ORDER BY id"))).scalars()]  # type: ignore[call-overload]


async def test_all_statements_that_come_at_the_same_time_share_one_transaction(
    db: Database, batches: SqliteBatches, transactions_begun: list[str]
) -> None:
    assert await asyncio.gather(*(put(batches, number) for number in range(20))) == [1] * 20
    assert transactions_begun == ["begun"]
    assert await kept(db) == [*range(20)]


async def test_a_statement_that_comes_while_a_batch_runs_goes_with_the_next(
    batches: SqliteBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, begun = threading.Event(), list[str]()

    def begin(driver: sqlite3.Connection) -> None:
        begun.append("begun")
        go.wait(10)
        sqlite_driver.begin_immediate(driver)

    monkeypatch.setattr(sqlite_batches, "begin_immediate", begin)
    first = asyncio.ensure_future(put(batches, 0))
    while not begun:
        await asyncio.sleep(0)
    later = [asyncio.ensure_future(put(batches, number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *later) == [1] * 4
    assert len(begun) == 2


async def test_a_statement_that_fails_is_undone_alone(db: Database, batches: SqliteBatches) -> None:
    outcomes = await asyncio.gather(
        put(batches, 1),
        put(batches, 2, object()),
        put(batches, 1, "the same number"),
        put(batches, 3),
        return_exceptions=True,
    )
    assert outcomes[0] == outcomes[3] == 1
    assert isinstance(outcomes[1], DBAPIError)
    assert isinstance(outcomes[2], IntegrityError)
    assert await kept(db) == [1, 3]


async def test_where_the_commit_fails_every_statement_fails(db: Database, batches: SqliteBatches) -> None:
    of_no_owner = put(batches, 2, owner=99)  # SQLite checks that when the batch is written
    outcomes = await asyncio.gather(put(batches, 1), of_no_owner, put(batches, 3), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [IntegrityError] * 3
    assert await kept(db) == []
    assert await put(batches, 4) == 1, "and the next are served"
    assert await kept(db) == [4]


async def test_a_full_disk_fails_the_statements_that_find_it_full_and_is_transient(
    db: Database, batches: SqliteBatches
) -> None:
    await put(batches, 1)
    await batches.execute(text("PRAGMA max_page_count=8"), {})
    outcomes = await asyncio.gather(
        *(put(batches, number, "x" * 20_000) for number in (2, 3, 4)), return_exceptions=True
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
    assert failed
    assert all(is_transient(one) for one in failed)
    written = [number for number, one in zip((2, 3, 4), outcomes, strict=True) if one == 1]
    assert await kept(db) == [1, *written]
    await batches.execute(text("PRAGMA max_page_count=10000"), {})
    assert await put(batches, 9, "x" * 20_000) == 1


async def test_a_cancelled_caller_cancels_no_other_statement(db: Database, batches: SqliteBatches) -> None:
    tasks = [asyncio.ensure_future(put(batches, number)) for number in range(6)]
    await asyncio.sleep(0)
    for gone in (0, 3, 5):
        tasks[gone].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome == 1] == [1, 1, 1]
    assert {1, 2, 4} <= {*await kept(db)}
    assert await put(batches, 7) == 1


async def test_a_lock_that_is_held_too_long_is_transient(
    db: Database, batches: SqliteBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_driver, "LOCK_TIMEOUT", 0.05)
    async with db.write() as session:
        await session.exec(text("DELETE FROM shelf"))  # type: ignore[call-overload]
        with pytest.raises(OperationalError) as raised:
            await put(batches, 1)
    assert is_transient(raised.value)
    assert await put(batches, 2) == 1
    assert await kept(db) == [2]


def goods_of() -> Select[Any]:
    return select(column("goods")).select_from(table("shelf")).where(column("id") == bindparam("number"))


async def test_a_query_sees_what_was_just_written_and_cannot_write(db: Database) -> None:
    goods = goods_of()
    await put(db, 1)
    assert (await db.fetch_row(goods, number=1)).goods == "mug"
    assert await db.fetch_row(goods, number=2) is None
    with pytest.raises(OperationalError):
        await db.fetch_row(text("DELETE FROM shelf"))


async def test_a_query_that_finds_the_database_locked_waits_and_stops_nothing_else(db: Database) -> None:
    await put(db, 1)
    await db.close()
    holder = sqlite3.connect(db.url.partition(":///")[2], isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE").close()
    holder.execute("UPDATE shelf SET goods = 'cup'").close()
    query = asyncio.ensure_future(db.fetch_row(goods_of(), number=1))
    done, _ = await asyncio.wait([query], timeout=0.1)
    assert not done
    holder.close()
    assert (await query).goods == "cup"
