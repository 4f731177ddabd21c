"""Batched jobs on SQLite: many callers share one transaction, and each gets its own result."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import bindparam, column, select, table, text
from sqlalchemy.exc import IntegrityError, OperationalError

from store.engine import sqlite_batches as errands_module
from store.engine import sqlite_driver
from store.engine.database import Database
from store.engine.db_errors import is_transient
from store.engine.sqlite_batches import BatchRunner, Job
from store.engine.sqlite_statements import StatementRunner
from store.inbox.inbox import InboundDelivery, Inbox
from tests.builders import PLACED
from tests.store.conftest import MASTER
from tests.store.due_deliveries import claim_due

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
async def batches(db: Database) -> AsyncIterator[BatchRunner]:
    """Rows as a database has them, with foreign keys that are checked."""
    batches = BatchRunner(db.url.partition(":///")[2], ("busy_timeout=0", "foreign_keys=ON"), writes=True)
    yield batches
    await batches.close()


@pytest.fixture
def transactions_begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each transaction that was begun."""
    transactions: list[str] = []

    def begin(driver: sqlite3.Connection) -> None:
        transactions.append("begun")
        sqlite_driver.begin_immediate(driver)

    monkeypatch.setattr(errands_module, "begin_immediate", begin)
    return transactions


def put(number: int, goods: str = "mug", owner: int = 1) -> Job[int]:
    return lambda runner: runner.execute(_PUT, id=number, goods=goods, owner=owner)


def followed_by(first: Job[int], raises: Callable[[], Exception]) -> Job[int]:
    def job(runner: StatementRunner) -> int:
        first(runner)
        raise raises()

    return job


async def kept(db: Database) -> list[int]:
    async with db.read() as session:
        return [*(await session.exec(text("SELECT id FROM shelf ORDER BY id"))).scalars()]  # type: ignore[call-overload]


async def test_all_jobs_that_come_at_the_same_time_share_one_transaction(
    db: Database, batches: BatchRunner, transactions_begun: list[str]
) -> None:
    assert await asyncio.gather(*(batches.run(put(number)) for number in range(20))) == [1] * 20
    assert transactions_begun == ["begun"]
    assert await kept(db) == [*range(20)]


async def test_a_job_that_comes_while_a_batch_runs_goes_with_the_next(
    batches: BatchRunner, transactions_begun: list[str]
) -> None:
    go, there = threading.Event(), threading.Event()

    def slow(runner: StatementRunner) -> int:
        there.set()
        go.wait(10)
        return put(0)(runner)

    first = asyncio.create_task(batches.run(slow))
    await asyncio.to_thread(there.wait, 10)
    later = [asyncio.create_task(batches.run(put(number))) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *later) == [1] * 4
    assert len(transactions_begun) == 2


async def test_a_job_that_fails_is_rolled_back_alone(db: Database, batches: BatchRunner) -> None:
    outcomes = await asyncio.gather(
        batches.run(put(1)),
        batches.run(followed_by(put(2), lambda: LookupError("mine"))),
        batches.run(put(1, "the same number")),
        batches.run(put(3)),
        return_exceptions=True,
    )
    assert outcomes[0] == outcomes[3] == 1
    assert isinstance(outcomes[1], LookupError)
    assert isinstance(outcomes[2], IntegrityError)
    assert await kept(db) == [1, 3]


async def test_where_the_commit_fails_every_job_fails(db: Database, batches: BatchRunner) -> None:
    def foreign(runner: StatementRunner) -> int:
        return put(2, owner=99)(runner)  # of no merchant: SQLite checks that when the batch is written

    outcomes = await asyncio.gather(
        *(batches.run(one) for one in (put(1), foreign, put(3))), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [IntegrityError] * 3
    assert await kept(db) == []
    assert await batches.run(put(4)) == 1, "and the next are served"
    assert await kept(db) == [4]


async def test_a_full_disk_fails_the_jobs_that_find_it_full_and_is_transient(
    db: Database, batches: BatchRunner
) -> None:
    await batches.run(put(1))
    await batches.run(lambda runner: runner.execute(text("PRAGMA max_page_count=8")))
    outcomes = await asyncio.gather(
        *(batches.run(put(number, "x" * 20_000)) for number in (2, 3, 4)), return_exceptions=True
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
    assert failed
    assert all(is_transient(one) for one in failed)
    written = [number for number, one in zip((2, 3, 4), outcomes, strict=True) if one == 1]
    assert await kept(db) == [1, *written]
    await batches.run(lambda runner: runner.execute(text("PRAGMA max_page_count=10000")))
    assert await batches.run(put(9, "x" * 20_000)) == 1


async def test_a_cancelled_caller_cancels_no_other_job(db: Database, batches: BatchRunner) -> None:
    tasks = [asyncio.create_task(batches.run(put(number))) for number in range(6)]
    await asyncio.sleep(0)
    for gone in (0, 3, 5):
        tasks[gone].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome == 1] == [1, 1, 1]
    assert {1, 2, 4} <= {*await kept(db)}
    assert await batches.run(put(7)) == 1


async def test_a_lock_that_is_held_too_long_is_transient(
    db: Database, batches: BatchRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_driver, "LOCK_TIMEOUT", 0.05)
    async with db.write() as session:
        await session.exec(text("DELETE FROM shelf"))  # type: ignore[call-overload]
        with pytest.raises(OperationalError) as raised:
            await batches.run(put(1))
    assert is_transient(raised.value)
    assert await batches.run(put(2)) == 1
    assert await kept(db) == [2]


async def test_a_query_sees_what_was_just_written_and_cannot_write(db: Database) -> None:
    goods = select(column("goods")).select_from(table("shelf")).where(column("id") == bindparam("number"))
    await db.batched_write(put(1))
    assert (await db.fetch_row(goods, number=1)).goods == "mug"
    assert await db.fetch_row(goods, number=2) is None
    with pytest.raises(OperationalError):
        await db.fetch_row(text("DELETE FROM shelf"))


async def test_a_closed_database_is_opened_again_by_the_next_query(db: Database) -> None:
    goods = select(column("goods")).select_from(table("shelf")).where(column("id") == bindparam("number"))
    for number in (1, 2):
        assert await db.batched_write(put(number)) == 1
        assert (await db.fetch_row(goods, number=number)).goods == "mug"
        await db.close()


async def test_copies_of_a_delivery_in_one_batch_are_one(url: str, transactions_begun: list[str]) -> None:
    db = Database(url)
    inbox = Inbox(db, MASTER)
    names = ["evt_1", "evt_2", "evt_1", "evt_1"]
    came = [inbox.accept(InboundDelivery("acme", "generic", name, b"x", PLACED)) for name in names]
    assert sorted(await asyncio.gather(*came)) == ["duplicate", "duplicate", "new", "new"]
    assert transactions_begun == (["begun"] if db.is_sqlite else [])
    assert len(await claim_due(inbox)) == 2
    await db.close()
