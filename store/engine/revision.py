"""Which tables the code expects and which the database has, cheaply enough to be asked again and again."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import text

from store.engine.database import Database

_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
_DECLARATION = re.compile(r"^(revision|down_revision)(?:\s*:[^=]+)?\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)


@cache
def _declarations() -> list[dict[str, str]]:
    """Read off the files: alembic takes a second to import."""
    return [dict(_DECLARATION.findall(file.read_text())) for file in _VERSIONS.glob("*_*.py")]


def all_revisions() -> set[str]:
    """All revisions that this code has a migration for."""
    return {one["revision"] for one in _declarations() if "revision" in one}


def latest_revision() -> str:
    """The revision that no other one follows."""
    (last,) = all_revisions() - {one.get("down_revision") for one in _declarations()}
    return last


async def current_revision(db: Database) -> str | None:
    """The revision the database is at; None for one without any. Raises SQLAlchemyError without the table of revisions."""
    async with db.read() as session:
        found = await (await session.connection()).execute(text("SELECT version_num FROM alembic_version"))
        revision: str | None = found.scalar_one_or_none()
        return revision
