"""Helpers of the concurrency tests: four engines on the same tables, and rows that are locked meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from sqlalchemy import text

from store.engine.database import Database

MANY = 12


async def all_at_once(works: list[Awaitable[object]]) -> list[object]:
    return list(await asyncio.gather(*works, return_exceptions=True))


@asynccontextmanager
async def locked_rows(db: Database, *locks: object) -> AsyncIterator[None]:
    """Lock these rows for as long as this lasts, so that all others wait for them."""
    async with db.write() as session:
        for found in locks:
            await session.exec(found.with_for_update())  # type: ignore[attr-defined]
        yield


async def waiting(db: Database, count: int) -> None:
    """Wait until so many transactions wait for a lock on PostgreSQL."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20), db.reader.connect() as connection:
        while (await connection.execute(query)).scalar_one() < count:
            await connection.rollback()  # each query sees its own snapshot
            await asyncio.sleep(0.01)
