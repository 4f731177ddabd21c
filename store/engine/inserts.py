"""Inserts of rows that may exist already, in one statement, for SQLite and PostgreSQL.

Rows come as objects or, where there are many, as their values: to make an object costs more than to write it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine.direct_statements import write, write_all

Values = Mapping[str, Any]


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one with the same primary or unique key exists; False when it exists.

    Waits for another transaction that inserts the same row, and sees afterwards what that one wrote.
    """
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    return await write(session, _insert_new(session, type(row), values), values) == 1


async def insert_all_new(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert those of these rows of one table whose keys do not exist, in one round trip."""
    if rows:
        values = [row.model_dump() for row in rows]
        unset = {
            name for name in values[0] if all(row[name] is None for row in values)
        }  # numbered by the database
        fresh = [{name: row[name] for name in row.keys() - unset} for row in values]
        await write_all(session, _insert_new(session, type(rows[0]), fresh[0]), fresh)


async def insert_new_values(session: AsyncSession, table: type[SQLModel], rows: Sequence[Values]) -> None:
    """The same of rows as values. What they do not say is the column's default."""
    if rows:
        fresh = [{**_defaults(table), **row} for row in rows]
        await write_all(session, _insert_new(session, table, fresh[0]), fresh)


async def insert_values(session: AsyncSession, table: type[SQLModel], rows: Sequence[Values]) -> None:
    """Insert these rows, which do not exist."""
    if rows:
        fresh = [{**_defaults(table), **row} for row in rows]
        await write_all(session, _insert(table, frozenset(fresh[0])), fresh)


async def upsert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert these rows of one table in one statement; rows with the same primary key are overwritten."""
    if rows:
        await upsert_values(session, type(rows[0]), [row.model_dump() for row in rows])


async def upsert_values(session: AsyncSession, table: type[SQLModel], rows: Sequence[Values]) -> None:
    """The same of rows as values, which are complete."""
    if rows:
        await write_all(session, _upsert(table, session.get_bind().dialect.name), rows)


def _insert_new(session: AsyncSession, table: type[SQLModel], values: Values) -> Insert:
    return _insert_or_nothing(table, session.get_bind().dialect.name, frozenset(values))


def table_of(row: type[SQLModel]) -> Table:
    """The table itself, for statements that are made once."""
    table = inspect(row).local_table
    assert isinstance(table, Table)
    return table


@cache
def _insert_or_nothing(table: type[SQLModel], dialect: str, names: frozenset[str]) -> Insert:
    """One for each table and set of columns: to make it costs more than to run it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table_of(table)).on_conflict_do_nothing().inline()


@cache
def _insert(table: type[SQLModel], names: frozenset[str]) -> Insert:
    return table_of(table).insert().inline()


@cache
def _upsert(row: type[SQLModel], dialect: str) -> Insert:
    table = table_of(row)
    fresh = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: fresh.excluded[column.name] for column in table.columns if column.name not in keys
    }
    return fresh.on_conflict_do_update(index_elements=sorted(keys), set_=changed).inline()


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    """What a row has in columns that are not named."""
    return {
        column.name: column.default.arg
        for column in table_of(table).columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }
