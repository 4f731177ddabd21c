"""Our SQLite driver: as few calls to its thread as there are statements, and transactions as before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from store.engine.database import Database


@pytest_asyncio.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'smot.db'}")
    async with db.writer.begin() as connection:
        await connection.execute(text("CREATE TABLE shelf (id INTEGER PRIMARY KEY, goods TEXT)"))
        await connection.execute(text("INSERT INTO shelf VALUES (1, 'mug'), (2, 'lamp')"))
    yield db
    await db.close()


@asynccontextmanager
async def counted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[int]]:
    """How many jobs the driver's threads got meanwhile."""
    trips, execute = [0], aiosqlite.Connection._execute

    async def count(self: aiosqlite.Connection, *arguments: Any, **named: Any) -> Any:
        trips[0] += 1
        return await execute(self, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(aiosqlite.Connection, "_execute", count)
        yield trips


async def test_a_read_is_two_batches_and_a_write_of_two_statements_three(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.read() as session:  # opens the connection
        await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
    async with counted(monkeypatch) as trips, db.read() as session:
        rows = await session.exec(text("SELECT goods FROM shelf ORDER BY id"))  # type: ignore[call-overload]
        assert [goods for (goods,) in rows] == ["mug", "lamp"]
        await session.close()
        assert trips == [2], "begin and select, roll back"
    async with counted(monkeypatch) as trips:
        async with db.write() as session:
            await session.exec(text("UPDATE shelf SET goods = 'cup' WHERE id = 1"))  # type: ignore[call-overload]
            await session.exec(text("DELETE FROM shelf WHERE id = 2"))  # type: ignore[call-overload]
        assert trips == [3], "begin and update, delete, commit"


async def test_an_inline_write_has_the_lock_without_a_turn_of_the_loop_and_waits_only_for_its_commit(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    async with db.write(inline=True) as session:  # opens the connection
        await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
    async with counted(monkeypatch) as trips:
        async with db.write(inline=True) as session:
            await (await session.connection()).get_raw_connection()
            asyncio.get_running_loop().call_soon(turns.append, "others had their turn")
            await session.exec(text("UPDATE shelf SET goods = 'cup' WHERE id = 1"))  # type: ignore[call-overload]
            await session.exec(text("DELETE FROM shelf WHERE id = 2"))  # type: ignore[call-overload]
            assert (trips, turns) == ([0], [])
        assert (trips, turns) == ([1], ["others had their turn"])
    async with db.read() as session:
        assert (await session.exec(text("SELECT goods FROM shelf"))).all() == [("cup",)]  # type: ignore[call-overload]


async def test_an_inline_write_waits_for_the_lock_outside_the_loop(db: Database) -> None:
    other, order = Database(db.url), []

    async def second() -> None:
        async with other.write(inline=True) as session:
            await session.exec(text("DELETE FROM shelf WHERE id = 1"))  # type: ignore[call-overload]
            order.append("second")

    async with db.write() as session:
        await session.exec(text("UPDATE shelf SET goods = 'cup'"))  # type: ignore[call-overload]
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.1)  # the event loop runs on meanwhile
        order.append("first")
    await waiting
    await other.close()
    assert order == ["first", "second"]


async def test_an_inline_write_that_fails_is_rolled_back(db: Database) -> None:
    async def fail() -> None:
        async with db.write(inline=True) as session:
            await session.exec(text("DELETE FROM shelf WHERE id = 2"))  # type: ignore[call-overload]
            await session.exec(text("INSERT INTO shelf VALUES (1, 'again')"))  # type: ignore[call-overload]

    with pytest.raises(IntegrityError):
        await fail()
    async with db.write(inline=True) as session:
        assert (await session.exec(text("SELECT count(*) FROM shelf"))).one() == (2,)  # type: ignore[call-overload]


async def test_a_transaction_that_does_nothing_costs_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counted(monkeypatch) as trips:
        async with db.writer.begin():
            pass
        assert trips == [0]


async def test_a_write_has_the_lock_from_its_first_statement_on_also_when_that_only_reads(
    db: Database,
) -> None:
    other = Database(db.url)
    order = []

    async def second() -> None:
        async with other.write() as session:
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
            order.append("second")

    async with db.write() as session:
        await session.exec(text("SELECT goods FROM shelf"))  # type: ignore[call-overload]
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.2)
        order.append("first")
    await waiting
    await other.close()
    assert order == ["first", "second"]


async def test_a_read_sees_one_moment(db: Database) -> None:
    count = text("SELECT count(*) FROM shelf")
    async with db.read() as reading:
        before = (await reading.exec(count)).one()  # type: ignore[call-overload]
        async with db.write() as session:
            await session.exec(text("INSERT INTO shelf VALUES (3, 'vase')"))  # type: ignore[call-overload]
        assert (await reading.exec(count)).one() == before  # type: ignore[call-overload]
    async with db.read() as reading:
        assert (await reading.exec(count)).one() == (3,)  # type: ignore[call-overload]


async def test_a_failed_transaction_raises_and_is_rolled_back(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as session:
            await session.exec(text("DELETE FROM shelf WHERE id = 2"))  # type: ignore[call-overload]
            await session.exec(text("INSERT INTO shelf VALUES (1, 'again')"))  # type: ignore[call-overload]

    with pytest.raises(IntegrityError):
        await fail()
    with pytest.raises(OperationalError):
        async with db.read() as session:
            await session.exec(text("DELETE FROM shelf"))  # type: ignore[call-overload]
    async with db.read() as session:
        assert (await session.exec(text("SELECT count(*) FROM shelf"))).one() == (2,)  # type: ignore[call-overload]


async def test_a_statement_whose_caller_was_cancelled_leaves_the_connection_usable(db: Database) -> None:
    slow = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT max(x) FROM n"
    )

    async def write() -> None:
        async with db.write() as session:
            await session.exec(text("DELETE FROM shelf"))  # type: ignore[call-overload]
            await session.exec(text(slow))  # type: ignore[call-overload]

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with db.write() as session:
        assert (await session.exec(text("SELECT count(*) FROM shelf"))).one() == (2,)  # type: ignore[call-overload]


async def test_a_single_read_is_one_batch_and_leaves_no_transaction_open(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.read_one() as session:  # opens the connection
        await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
    async with counted(monkeypatch) as trips:
        async with db.read_one() as session:
            assert (await session.exec(text("SELECT count(*) FROM shelf"))).one() == (2,)  # type: ignore[call-overload]
        assert trips == [1]
    async with db.write() as session:
        await session.exec(text("DROP TABLE shelf"))  # type: ignore[call-overload]
