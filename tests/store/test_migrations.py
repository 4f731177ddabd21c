"""Migrations make exactly the tables the code knows."""

import asyncio

import pytest
from sqlalchemy import text

from store.database import Database
from store.migrations import differences, upgrade


async def test_an_empty_database_gets_every_table_the_code_knows(empty: str) -> None:
    await upgrade(empty)
    assert await differences(empty) == []


async def test_two_that_upgrade_at_once_and_a_repetition_do_no_harm(empty: str) -> None:
    await asyncio.gather(upgrade(empty), upgrade(empty))
    await upgrade(empty)
    assert await differences(empty) == []


async def test_a_missing_index_is_named(url: str) -> None:
    db = Database(url)
    async with db.writer.begin() as connection:
        await connection.execute(text("DROP INDEX ix_orders_due"))
    await db.close()
    [found] = await differences(url)
    assert "ix_orders_due" in found


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
