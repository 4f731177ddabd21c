"""`smot keys`: bearer keys of a deployment, listed, added and revoked on its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.actors import Role
from runtime.admin.verify_command import DeploymentUnreachable, connection_errors
from runtime.config.deployment_file import DeploymentFile
from runtime.config.settings import Settings
from store.engine.database import Database
from store.merchants.api_keys import ApiKeys
from store.tables.all import ApiKeyRow


@asynccontextmanager
async def _keys(settings: Settings) -> AsyncIterator[ApiKeys]:
    with connection_errors(settings):
        if settings.database is None:
            DeploymentFile.read(
                settings.deployment_file
            )  # without it a mistyped folder would look like one without keys
        db = Database(settings.database_url)
        try:
            yield ApiKeys(db)
        finally:
            await db.close()


async def list_keys(settings: Settings, merchant: str | None) -> list[ApiKeyRow]:
    """A merchant's keys, or the platform admins'; never their text.

    Raises DeploymentUnreachable.
    """
    async with _keys(settings) as keys:
        return await keys.all(merchant)


async def add_key(settings: Settings, merchant: str, role: Role) -> str:
    """A new key's text, shown once. Raises DeploymentUnreachable, also for a merchant that does not exist."""
    async with _keys(settings) as keys:
        if not await keys.all(merchant):
            raise DeploymentUnreachable(f"there is no merchant {merchant}")
        return await keys.create(merchant, role)


async def add_admin_key(settings: Settings) -> str:
    """A new key of the platform's admin, shown once; on a cluster this is how the first one is made.

    Raises DeploymentUnreachable.
    """
    async with _keys(settings) as keys:
        return await keys.create(None, Role.ADMIN)


async def revoke_key(settings: Settings, merchant: str | None, key_id: str) -> bool:
    """Revoke a key at once, for all processes; false when there is no such key.

    Raises DeploymentUnreachable.
    """
    async with _keys(settings) as keys:
        return await keys.revoke(merchant, key_id)
