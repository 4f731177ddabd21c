"""Inserts of rows that may exist already, in one statement, for SQLite and PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key exists; False when it exists.

    Waits for another transaction that inserts the same row, and sees afterwards what that one wrote.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    table = inspect(type(row)).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = await session.exec(insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def insert_all_new(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert those of these rows of one table whose keys do not exist, in one round trip."""
    if rows:
        table = inspect(type(rows[0])).local_table
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        values = [row.model_dump() for row in rows]
        unset = {
            name for name in values[0] if all(row[name] is None for row in values)
        }  # numbered by the database
        fresh = [{name: row[name] for name in row.keys() - unset} for row in values]
        await session.exec(insert(table).on_conflict_do_nothing(), params=fresh)


async def upsert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table in one statement; rows with the same primary key are overwritten."""
    table = inspect(type(rows[0])).local_table
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(table).values([row.model_dump() for row in rows])
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    await session.exec(fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed))
