"""Inserts of rows that may exist already, in one statement, for SQLite and PostgreSQL."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key exists; False when it exists.

    Waits for another transaction that inserts the same row, and sees afterwards what that one wrote.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    return (await session.exec(_insert_new(session, row), params=values)).rowcount == 1


async def insert_all_new(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert those of these rows of one table whose keys do not exist, in one round trip."""
    if rows:
        values = [row.model_dump() for row in rows]
        unset = {
            name for name in values[0] if all(row[name] is None for row in values)
        }  # numbered by the database
        fresh = [{name: row[name] for name in row.keys() - unset} for row in values]
        await session.exec(_insert_new(session, rows[0]), params=fresh)


def _insert_new(session: AsyncSession, row: SQLModel) -> Insert:
    return _insert_statement(type(row), session.get_bind().dialect.name)


@cache
def _insert_statement(table: type[SQLModel], dialect: str) -> Insert:
    """One for each table: to make it costs more than to run it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(inspect(table).local_table).on_conflict_do_nothing()


async def upsert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table in one statement; rows with the same primary key are overwritten."""
    upsert = _upsert_statement(type(rows[0]), session.get_bind().dialect.name)
    await session.exec(upsert, params=[row.model_dump() for row in rows])


@cache
def _upsert_statement(row: type[SQLModel], dialect: str) -> Insert:
    table = inspect(row).local_table
    fresh = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    return fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed)
