"""The tables that this version expects, and those that are there."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import OperationalError as NoTable
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from runtime.refusal import CannotRun
from runtime.settings import Settings
from store import revision as revisions
from store.database import Database
from store.migrations import downgrade, upgrade

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """`empty`: none of our tables. `newer`: made by a version that this one does not know."""

    word: Literal["current", "older", "newer", "empty"]
    revision: str | None


async def state_of(settings: Settings) -> State:
    """What is there. Raises CannotRun when the database cannot be asked."""
    with _explained(settings):
        db = Database(settings.database_url)
        try:
            there = await revisions.of_database(db)
        except (NoTable, ProgrammingError) as problem:
            if not _no_such_table(problem):
                raise
            there = None
        finally:
            await db.close()
    if there is None:
        return State("empty", None)
    if there == revisions.newest():
        return State("current", there)
    return State("older" if there in _known() else "newer", there)


async def require_current(settings: Settings) -> None:
    """Raises CannotRun unless the database has exactly the tables of this version."""
    state = await state_of(settings)
    if state.word == "newer":
        raise CannotRun(_too_new(state))
    if state.word != "current":
        what = "has no tables yet" if state.word == "empty" else f"has older tables ({state.revision})"
        raise CannotRun(f"the database {what}: run `smot migrate` first")


async def bring_up_to_date(settings: Settings) -> str:
    """Forward to this version's tables; what was done, as a sentence. A SQLite file is copied before. Raises CannotRun."""
    state = await state_of(settings)
    if state.word == "current":
        return f"the database is at {state.revision}: nothing to do"
    if state.word == "newer":
        raise CannotRun(_too_new(state))
    copy = await asyncio.to_thread(_copied, settings, state)
    with _explained(settings):
        await upgrade(settings.database_url)
    kept = f"; the file as it was is kept as {copy.name}" if copy else ""
    said = f"the database went from {state.revision or 'nothing'} to {revisions.newest()}{kept}"
    if state.word == "older":
        log.warning(said)
    return said


async def migrate(settings: Settings, down: str | None) -> str:
    """Forward to this version's tables, or back to a revision; what was done, as a sentence. Raises CannotRun."""
    if down is None:
        return await bring_up_to_date(settings)
    state = await state_of(settings)
    if state.word == "newer":
        raise CannotRun(_too_new(state))
    if down not in _known():
        raise CannotRun(f"there is no revision {down}; there are {', '.join(sorted(_known()))}")
    copy = await asyncio.to_thread(_copied, settings, state)
    with _explained(settings):
        await downgrade(settings.database_url, down)
    kept = f"; the file as it was is kept as {copy.name}" if copy else ""
    return f"the database went back from {state.revision} to {down}{kept}"


def _too_new(state: State) -> str:
    return (
        f"the database is of a newer version of smot (revision {state.revision}, this one knows up to {revisions.newest()}): "
        "start that version, or restore a backup of before"
    )


def _known() -> set[str]:
    """Alembic takes a second to import: asked only when the newest is not there."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import store.migrations

    config = Config()
    config.set_main_option("script_location", str(Path(store.migrations.__file__).parent).replace("%", "%%"))
    return {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}


def _copied(settings: Settings, state: State) -> Path | None:
    """By SQLite's own means: the file alone may lack what its log still holds."""
    if settings.database is not None or state.revision is None:
        return None
    file = settings.data / "smot.db"
    copy = file.with_name(f"{file.name}.before-{state.revision}")
    fresh = file.with_name(f"{copy.name}.part")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    return fresh.replace(copy)


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """Turn what a driver says into a sentence; it may hold the password, so its own words are only taken where known."""
    where = "SMOT_DATABASE" if settings.database is not None else str(settings.data / "smot.db")
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as problem:
        raise CannotRun(f"{where} cannot be used: {_why(problem)}") from problem


def _why(problem: BaseException) -> str:
    cause = getattr(problem, "orig", None) or problem
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__


def _no_such_table(problem: SQLAlchemyError) -> bool:
    said = str(getattr(problem, "orig", problem))
    return "alembic_version" in said and ("no such table" in said or "does not exist" in said)
