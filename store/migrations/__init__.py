"""The history of the tables. Alembic is imported only where it is needed: it takes longer to load than all else."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from store.database import Database
from store.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent


async def upgrade(url: str) -> None:
    """Bring the database to the newest tables, in one transaction; a database that is up to date stays as it is."""
    db = Database(url)
    try:
        async with db.writer.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await db.close()


async def downgrade(url: str, revision: str) -> None:
    """Take the tables back to that revision, in one transaction; what only newer tables hold is lost."""
    db = Database(url)
    try:
        async with db.writer.begin() as connection:
            await connection.run_sync(_downgrade, revision)
    finally:
        await db.close()


async def differences(url: str) -> list[str]:
    """What the tables in the code have otherwise than the database; empty when the migrations say the same."""
    db = Database(url)
    try:
        async with db.reader.connect() as connection:
            return await connection.run_sync(_differences)
    finally:
        await db.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _downgrade(connection: Connection, revision: str) -> None:
    from alembic import command

    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config


def _differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, METADATA)]
