"""A database that dies, hangs or is full is distinguished from a defect, and no later query gets a broken connection."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import asyncpg
import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, update

from store.engine.database import Database
from store.engine.db_errors import CannotConnect, DatabaseTimeout, is_transient
from store.engine.direct_statements import write
from store.inbox.inbox import InboundDelivery, Inbox
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.migrations import upgrade
from store.tables.all import MerchantRow
from tests.builders import PLACED
from tests.databases import rows, setting, with_driver
from tests.postgres import Postgres
from tests.store.conftest import MASTER


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres.running() as server:
        yield server


async def opened(server: Postgres, name: str) -> Database:
    url = with_driver(await server.create(name))
    await upgrade(url)
    db = Database(url)
    await Merchants(db, MASTER).create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    return db


async def test_the_first_query_after_a_restart_succeeds_on_every_connection(server: Postgres) -> None:
    db = await opened(server, "restarted")
    clocks, merchants, inbox = Clocks(db), Merchants(db, MASTER), Inbox(db, MASTER)
    deliveries = [InboundDelivery("acme", "generic", f"evt_{number}", b"x", PLACED) for number in range(5)]
    assert await inbox.accept(deliveries[0]) == "new"
    await asyncio.gather(*(merchants.find("acme") for _ in range(10)))  # so many connections are open
    server.kill()
    uses = [clocks.get("acme"), merchants.find("acme"), *(inbox.accept(one) for one in deliveries)]
    for caught in await asyncio.gather(*uses, return_exceptions=True):
        assert isinstance(caught, SQLAlchemyError)
        assert is_transient(caught), repr(caught)
    server.start()
    found = await asyncio.gather(*(merchants.find("acme") for _ in range(20)))
    assert [row.id for row in found if row] == ["acme"] * 20
    assert await asyncio.gather(*(clocks.get("acme") for _ in range(20))) == [PLACED] * 20
    again = await asyncio.gather(*(inbox.accept(one) for one in deliveries))
    assert again == ["duplicate", "new", "new", "new", "new"]
    await db.close()


async def test_a_transaction_that_loses_its_server_is_transient_and_not_half_written(
    server: Postgres,
) -> None:
    db = await opened(server, "left")

    async def change_twice() -> None:
        async with db.write() as session:
            connection = await session.connection()
            await connection.execute(text("UPDATE merchants SET name = 'half'"))
            await asyncio.to_thread(server.kill)
            await connection.execute(text("UPDATE merchants SET name = 'whole'"))

    with pytest.raises(SQLAlchemyError) as left:
        await change_twice()
    assert is_transient(left.value), repr(left.value)
    server.start()
    row = await Merchants(db, MASTER).find("acme")
    assert row is not None
    assert row.name == "acme"
    await db.close()


async def test_waiting_for_a_hanging_server_ends(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.engine.engines._COMMAND_TIMEOUT", 1.0)
    db = await opened(server, "still")
    server.freeze()
    try:
        async with asyncio.timeout(30):
            with pytest.raises((DatabaseTimeout, CannotConnect)) as silent:
                await Clocks(db).get("acme")
    finally:
        server.thaw()
    assert is_transient(silent.value)
    assert await Clocks(db).get("acme") == PLACED
    await db.close()


_RENAME = update(MerchantRow).where(col(MerchantRow.id) == "acme").values(name=bindparam("to"))


async def rename(db: Database, name: str) -> None:
    async with db.write() as session:
        await write(session, _RENAME, {"to": name})


async def rename_by_a_session(db: Database, name: str) -> None:
    async with db.write() as session:
        await (await session.connection()).execute(_RENAME, {"to": name})


Renaming = Callable[[Database, str], Awaitable[None]]
by_both_ways = pytest.mark.parametrize("renaming", [rename, rename_by_a_session])


async def turns(number: int = 100) -> None:
    """So many of the event loop: a task runs as far as it can without an answer of the server."""
    for _ in range(number):
        await asyncio.sleep(0)


async def check_next_writes(db: Database) -> None:
    """They are committed: another connection sees them."""
    for name in ("next", "last"):
        await rename(db, name)
        assert rows(db.url, "SELECT name FROM merchants") == [(name,)]
    left = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    )
    assert rows(db.url, left) == [(0,)]


@by_both_ways
async def test_a_begin_whose_caller_was_cancelled_takes_no_later_write_with_it(
    server: Postgres, renaming: Renaming
) -> None:
    db = await opened(server, f"begin_left_{renaming.__name__}")
    await renaming(db, "first")  # its connection is the one that is used next
    server.freeze()
    try:
        left = asyncio.ensure_future(renaming(db, "left"))
        await turns()
        left.cancel()
    finally:
        server.thaw()
    with pytest.raises(asyncio.CancelledError):
        await left
    await check_next_writes(db)
    await db.close()


@by_both_ways
async def test_a_begin_without_an_answer_takes_no_later_write_with_it(
    server: Postgres, renaming: Renaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.engine.engines._COMMAND_TIMEOUT", 0.3)
    db = await opened(server, f"begin_unanswered_{renaming.__name__}")
    await renaming(db, "first")
    server.freeze()
    waiting = asyncio.ensure_future(renaming(db, "left"))
    try:
        await asyncio.wait([waiting], timeout=0.35)
    finally:
        server.thaw()
    with pytest.raises(SQLAlchemyError) as silent:
        await waiting
    assert is_transient(silent.value), repr(silent.value)
    await check_next_writes(db)
    await db.close()


@by_both_ways
async def test_a_statement_whose_caller_was_cancelled_holds_no_lock_and_takes_no_later_write_with_it(
    server: Postgres, renaming: Renaming
) -> None:
    db = await opened(server, f"statement_left_{renaming.__name__}")
    await renaming(db, "first")
    other = await asyncpg.connect(setting(db.url))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with other.transaction():
        await other.execute("UPDATE merchants SET name = 'other' WHERE id = 'acme'")
        left = asyncio.ensure_future(renaming(db, "left"))
        while not await other.fetchval(waits):
            await turns(1)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert await other.fetchval(waits) == 0
    await other.close()
    await check_next_writes(db)
    await db.close()


async def test_a_cancelled_statement_does_not_wait_for_a_hanging_server(server: Postgres) -> None:
    db, frozen = await opened(server, "hanging"), asyncio.Event()

    async def change_twice() -> None:
        async with db.write() as session:
            await write(session, _RENAME, {"to": "first"})
            server.freeze()
            frozen.set()
            await write(session, _RENAME, {"to": "second"})

    left = asyncio.create_task(change_twice())
    try:
        async with asyncio.timeout(5):
            await frozen.wait()
            await turns()
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
    finally:
        server.thaw()
    await check_next_writes(db)
    await db.close()


async def put(db: Database, statement: str, **values: object) -> None:
    async with db.write() as session:
        await (await session.connection()).execute(text(statement), values)


async def test_a_defect_is_not_taken_for_an_unavailable_database(db: Database) -> None:
    for statement in ("SELECT nothing FROM nowhere", "SELEC 1", "INSERT INTO merchants (id) VALUES ('acme')"):
        with pytest.raises(SQLAlchemyError) as defect:
            await put(db, statement)
        assert not is_transient(defect.value), repr(defect.value)


async def test_no_value_is_in_the_message_of_a_failed_statement(db: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        await put(db, "INSERT INTO nowhere (id, name) VALUES (:id, :name)", id="acme", name="Zdzislawa")
    assert "Zdzislawa" not in str(caught.value)
