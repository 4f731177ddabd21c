"""The revision of the tables that the code expects and that of the database; cheap enough for every readiness check."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import text

from store.engine.database import Database

_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
_DECLARATION = re.compile(r"^(revision|down_revision)(?:\s*:[^=]+)?\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)


@cache
def _declarations() -> list[dict[str, str]]:
    """Read from the files' text: to import Alembic takes a second."""
    return [dict(_DECLARATION.findall(file.read_text())) for file in _VERSIONS.glob("*_*.py")]


def all_revisions() -> set[str]:
    """All revisions that this code has a migration for."""
    return {declared["revision"] for declared in _declarations() if "revision" in declared}


def latest_revision() -> str:
    """The revision that no other one follows."""
    (last,) = all_revisions() - {declared.get("down_revision") for declared in _declarations()}
    return last


async def current_revision(db: Database) -> str | None:
    """The revision of the database; None when none is recorded. Raises SQLAlchemyError without the table of revisions."""
    async with db.read() as session:
        found = await (await session.connection()).execute(text("SELECT version_num FROM alembic_version"))
        revision: str | None = found.scalar_one_or_none()
        return revision
