"""Inserts that meet rows which are there already, in one statement on both kinds of database."""

from collections.abc import Sequence

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key is there; false when it was there already.

    Waits for another transaction that inserts the same; what that one wrote is seen afterwards.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = await session.exec(insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def upsert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table, or bring those that are there by their primary key up to this, in one statement."""
    table = inspect(type(rows[0])).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(table).values([row.model_dump() for row in rows])
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    await session.exec(fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed))
