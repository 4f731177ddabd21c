"""Migrations of the tables. Alembic is imported only where it is needed: it takes longer to load than all the rest."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import keys
from store.engine.database import Database
from store.engine.engines import long_running_engine
from store.tables.all import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent
_LOCK = keys.advisory_lock_id(keys.MIGRATIONS)
Result = TypeVar("Result")
State = Literal["empty", "older", "current", "newer"]


class SchemaMismatch(Exception):
    """This version of smot cannot work on the database; the text says what to do."""


class OlderDatabase(SchemaMismatch):
    """The tables are those of an older version, or there are none."""

    def __init__(self) -> None:
        super().__init__(
            "the database is from an older version of smot: bring it up to date with `smot migrate`"
        )


class NewerDatabase(SchemaMismatch):
    """The tables are those of a newer version."""

    def __init__(self) -> None:
        super().__init__(
            "the database is from a newer version of smot: run that version, this one cannot read it"
        )


class ForeignDatabase(SchemaMismatch):
    """The tables are not smot's."""

    def __init__(self) -> None:
        super().__init__("the database has tables that are not smot's: give smot a database of its own")


async def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to the newest tables, in one transaction. One that is up to date stays as it is.

    Two processes that migrate at once wait for each other. Raises NewerDatabase, ForeignDatabase, CannotConnect.
    """
    async with _exclusive(url) as connection:
        state = await connection.run_sync(_state)
        if state == "newer":
            raise NewerDatabase
        await connection.run_sync(_upgrade, to)


async def downgrade(url: str, to: str) -> None:
    """Go back to that revision, or to `base` without tables, in one transaction. Raises NewerDatabase."""
    async with _exclusive(url) as connection:
        if await connection.run_sync(_state) == "newer":
            raise NewerDatabase
        await connection.run_sync(_downgrade, to)


async def state_of(url: str) -> State:
    """How old the database's tables are, compared with this version. Raises ForeignDatabase, CannotConnect."""
    return await _with_connection(url, _state)


async def check(url: str) -> None:
    """Raise SchemaMismatch unless the tables are those of this version. Raises CannotConnect."""
    match await state_of(url):
        case "newer":
            raise NewerDatabase
        case "older" | "empty":
            raise OlderDatabase


async def differences(url: str) -> list[str]:
    """How the tables in the code differ from those in the database; empty when the migrations are right."""
    return await _with_connection(url, _differences)


async def _with_connection(url: str, query: Callable[[Connection], Result]) -> Result:
    db = Database(url)
    try:
        async with db.reader.connect() as connection:
            return await connection.run_sync(query)
    finally:
        await db.close()


@asynccontextmanager
async def _exclusive(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that excludes other migrations: by SQLite's write lock, or an advisory lock of PostgreSQL."""
    if url.startswith("sqlite"):
        db = Database(url)
        try:
            async with db.writer.begin() as connection:
                yield connection
        finally:
            await db.close()
        return
    engine = long_running_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(select(func.set_config("lock_timeout", "0", True)))
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            await connection.execute(select(func.set_config("lock_timeout", "60s", True)))
            yield connection
    finally:
        await engine.dispose()


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command

    command.upgrade(_config(connection), to)


def _downgrade(connection: Connection, to: str) -> None:
    from alembic import command

    command.downgrade(_config(connection), to)


def _state(connection: Connection) -> State:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        if set(inspect(connection).get_table_names()) & set(METADATA.tables):
            raise ForeignDatabase
        return "empty"
    scripts = ScriptDirectory.from_config(_config(connection))
    if revision == scripts.get_current_head():
        return "current"
    revisions = {script.revision for script in scripts.walk_revisions()}
    return "older" if revision in revisions else "newer"


def _differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, METADATA)]
