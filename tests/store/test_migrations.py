"""Migrations create exactly the tables of the code, keep the rows, and happen wholly or not at all."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from store.engine.database import Database
from store.engine.db_errors import CannotConnect
from store.migrations import (
    ForeignDatabase,
    NewerDatabase,
    OlderDatabase,
    check,
    differences,
    downgrade,
    state_of,
    upgrade,
)
from tests.databases import Databases, Reader, with_driver
from tests.next_version import NEW_TABLE, THIS
from tests.postgres import LOCKED, PASSWORD
from tests.runtime.verified_deployment import build_deployment

_DYING = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from store.migrations import upgrade

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= "CREATE" in statement
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(upgrade(sys.argv[1]))
"""


async def migrating(url: str, statements: int = -1, env: Mapping[str, str] | None = None) -> int:
    """Another process upgrades the database, and dies after so many tables and indexes. Returns its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DYING, url, str(statements), env={**os.environ, **(env or {})}
    )
    return await asyncio.wait_for(process.wait(), 60)


async def change(url: str, *statements: str) -> None:
    db = Database(url)
    async with db.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await db.close()


def contents(
    url: str, tables: list[str], like: dict[str, list[tuple[Any, ...]]] | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """`like`: only the columns that those rows have; later columns come behind them."""
    found = {}
    with Reader(url) as reader:
        for name in tables:
            rows = reader.rows(f'SELECT * FROM "{name}"')
            width = len(like[name][0]) if like and like[name] else None
            found[name] = sorted((row[:width] for row in rows), key=repr)
    return found


async def test_an_empty_database_gets_every_table_the_code_knows(empty: str) -> None:
    assert await state_of(empty) == "empty"
    await upgrade(empty)
    assert await differences(empty) == []
    assert await state_of(empty) == "current"
    await check(empty)


async def test_concurrent_and_repeated_upgrades_do_no_harm(empty: str) -> None:
    await asyncio.gather(upgrade(empty), upgrade(empty))
    await upgrade(empty)
    assert await differences(empty) == []


async def test_two_processes_that_upgrade_at_once_do_it_once(empty: str) -> None:
    assert await asyncio.gather(*(migrating(empty) for _ in range(3))) == [0, 0, 0]
    assert await differences(empty) == []


async def test_a_missing_index_is_named(url: str) -> None:
    await change(url, "DROP INDEX ix_orders_due")
    [difference] = await differences(url)
    assert "ix_orders_due" in difference


async def test_the_first_tables_go_and_come_again(url: str) -> None:
    await downgrade(url, "base")
    assert await state_of(url) == "empty"
    with Reader(url) as reader:
        assert reader.tables("merchant") == []
    await upgrade(url)
    assert await differences(url) == []


async def test_a_filled_database_goes_forward_and_back_and_forward_and_holds_what_it_held(
    url: str, next_version: dict[str, str]
) -> None:
    world = await build_deployment(url)
    await world.database.close()
    await upgrade(url)
    assert await differences(url) == []
    await downgrade(url, THIS)
    assert await state_of(url) == "older"
    with Reader(url) as reader:
        tables = [
            "merchants",
            "api_keys",
            *(name for name in reader.tables("merchant") if name != "api_keys"),
        ]
    before = contents(url, tables)
    assert len(before["orders"]) == 1
    assert min(len(before[name]) for name in ("snapshots", "legs", "outbox", "inbox", "ledger_postings")) > 0
    await upgrade(url)
    assert contents(url, tables, before) == before
    assert await differences(url) == []
    again = type(world)(Database(url))
    again.provider.made_refunds, again.runs.open = world.provider.made_refunds, world.runs.open
    assert (await again.verify()).broken == ()
    await again.database.close()


@pytest.mark.parametrize("statements", [1, 4, 20])
async def test_a_first_migration_killed_in_the_middle_leaves_nothing_and_the_next_one_succeeds(
    empty: str, statements: int
) -> None:
    assert await migrating(empty, statements) == -signal.SIGKILL
    assert await state_of(empty) == "empty"
    await upgrade(empty)
    assert await differences(empty) == []


async def test_a_later_migration_killed_in_the_middle_leaves_the_database_as_it_was(
    url: str, next_version: dict[str, str]
) -> None:
    assert await migrating(url, 3, next_version) == -signal.SIGKILL
    assert await state_of(url) == "older"
    with Reader(url) as reader:
        assert NEW_TABLE not in reader.tables("merchant")
    await upgrade(url)
    assert await differences(url) == []


async def test_a_database_of_another_version_is_recognized_and_not_changed(
    url: str, next_version: dict[str, str]
) -> None:
    with pytest.raises(OlderDatabase, match="older version of smot: bring it up to date"):
        await check(url)
    await change(url, "UPDATE alembic_version SET version_num = '9999'")
    assert await state_of(url) == "newer"
    for work in (check(url), upgrade(url), downgrade(url, THIS)):
        with pytest.raises(NewerDatabase, match="newer version of smot"):
            await work
    assert await state_of(url) == "newer"


async def test_tables_that_are_not_ours_are_left_alone(empty: str) -> None:
    await change(empty, "CREATE TABLE orders (id INTEGER)")
    for work in (state_of(empty), upgrade(empty)):
        with pytest.raises(ForeignDatabase, match="not smot's"):
            await work


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_database_survives_a_crash_of_the_machine_by_its_settings(url: str) -> None:
    db = Database(url)
    async with db.writer.connect() as connection:
        settings = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous")
        ]
    await db.close()
    assert settings == ["wal", 2]


async def test_a_database_that_cannot_be_reached_is_named_with_the_reason_and_without_its_password(
    databases: Databases,
) -> None:
    server = databases.postgres
    await server.do(f"CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'")
    wrong = {
        server.url("postgres", LOCKED, "not the word"): "does not let user locked in",
        server.url("nowhere"): "is not there: create it",
        "postgresql://smot:secret@127.0.0.1:1/smot": "nothing listens",
    }
    for url, says in wrong.items():
        for work in (upgrade, state_of):
            with pytest.raises(CannotConnect) as caught:
                await work(with_driver(url))
            message = str(caught.value)
            assert says in message, message
            assert "not the word" not in message
            assert "secret" not in message
    right = with_driver(server.url("postgres", LOCKED, PASSWORD))
    assert await state_of(right) == "empty"
