"""The tables of the database, compared with those that this version expects, and migrated to them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from runtime.config.settings import Settings
from runtime.config.sqlite_copy import copy_sqlite
from runtime.errors import StartupError
from store import migrations
from store.engine import revision as revisions
from store.engine.database import Database
from store.engine.db_errors import CannotConnect, is_transient

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SchemaState:
    """The tables of the database compared with those of this version, and their revision if they have one."""

    status: migrations.State
    revision: str | None


async def state_of(settings: Settings) -> SchemaState:
    """The state of the tables. Raises StartupError when the database does not answer, or holds tables of another program."""
    with _database_errors(settings):
        revision = await _revision(settings)
        if revision == revisions.latest_revision():
            return SchemaState("current", revision)  # without Alembic, which takes a second to import
        return SchemaState(await migrations.state_of(settings.database_url), revision)


async def _revision(settings: Settings) -> str | None:
    db = Database(settings.database_url)
    try:
        return await revisions.current_revision(db)
    except SQLAlchemyError as problem:
        if is_transient(problem):
            raise
        return None  # the table of revisions does not exist
    finally:
        await db.close()


async def require_current(settings: Settings) -> None:
    """Raises StartupError unless the database has exactly the tables of this version."""
    state = await state_of(settings)
    if state.status == "newer":
        raise StartupError(_too_new(state))
    if state.status != "current":
        what = "has no tables yet" if state.status == "empty" else f"has older tables ({state.revision})"
        raise StartupError(f"the database {what}: run `smot migrate` first")


async def upgrade_schema(settings: Settings) -> str:
    """Migrate to the tables of this version, after a copy of a SQLite file; return a sentence that says what was done.

    Raises StartupError.
    """
    state = await state_of(settings)
    if state.status == "current":
        return f"the database is at {state.revision}: nothing to do"
    if state.status == "newer":
        raise StartupError(_too_new(state))
    copy = await asyncio.to_thread(_backup, settings, state)
    with _database_errors(settings):
        await migrations.upgrade(settings.database_url)
    kept = f"; the file as it was is kept as {copy.name}" if copy else ""
    done = f"the database went from {state.revision or 'nothing'} to {revisions.latest_revision()}{kept}"
    if state.status == "older":
        log.warning(done)
    return done


async def migrate(settings: Settings, down: str | None) -> str:
    """Migrate to the tables of this version, or back to a revision; return a sentence that says what was done.

    Raises StartupError.
    """
    if down is None:
        return await upgrade_schema(settings)
    state = await state_of(settings)
    if state.status == "newer":
        raise StartupError(_too_new(state))
    if down not in revisions.all_revisions():
        raise StartupError(
            f"there is no revision {down}; there are {', '.join(sorted(revisions.all_revisions()))}"
        )
    copy = await asyncio.to_thread(_backup, settings, state)
    with _database_errors(settings):
        await migrations.downgrade(settings.database_url, down)
    kept = f"; the file as it was is kept as {copy.name}" if copy else ""
    return f"the database went back from {state.revision} to {down}{kept}"


def _too_new(state: SchemaState) -> str:
    return (
        f"the database was written by a newer version of smot (revision {state.revision}, this one knows up to "
        f"{revisions.latest_revision()}): start that version, or restore an older backup"
    )


def _backup(settings: Settings, state: SchemaState) -> Path | None:
    """Copy a SQLite database before it is changed."""
    if settings.database is not None or state.revision is None:
        return None
    file = settings.data / "smot.db"
    return copy_sqlite(file, file.with_name(f"{file.name}.before-{state.revision}"))


@contextmanager
def _database_errors(settings: Settings) -> Iterator[None]:
    """Turn errors of the database into StartupError."""
    where = "SMOT_DATABASE" if settings.database is not None else str(settings.data / "smot.db")
    try:
        yield
    except (migrations.SchemaMismatch, CannotConnect) as problem:
        raise StartupError(f"{where}: {problem}") from problem
    except (SQLAlchemyError, OSError, TimeoutError) as problem:
        raise StartupError(f"{where} cannot be used: {_why(problem)}") from problem


def _why(problem: BaseException) -> str:
    cause = getattr(problem, "orig", None) or problem
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
