"""`smot keys`: bearer keys of a deployment, listed, created and revoked in its database.

Each function raises DeploymentUnreachable.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.actors import Role
from runtime.admin.connection import deployment
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from store.merchants.api_keys import ApiKeys
from store.tables.all import ApiKeyRow


async def list_keys(settings: Settings, merchant: str | None) -> list[ApiKeyRow]:
    """The keys of a merchant, or of the platform's admins; never their text."""
    async with _api_keys(settings) as keys:
        return await keys.all(merchant)


async def add_key(settings: Settings, merchant: str, role: Role) -> str:
    """Create a key and return its text, which is not stored. Raises CommandFailed for an unknown merchant."""
    async with _api_keys(settings) as keys:
        if not await keys.all(merchant):
            raise CommandFailed(f"there is no merchant {merchant}")
        return await keys.create(merchant, role)


async def add_admin_key(settings: Settings) -> str:
    """Create a key of the platform's admin and return its text. On a cluster this is how the first key is made."""
    async with _api_keys(settings) as keys:
        return await keys.create(None, Role.ADMIN)


async def revoke_key(settings: Settings, merchant: str | None, key_id: str) -> bool:
    """Revoke a key at once, for all processes; return False when there is no such key."""
    async with _api_keys(settings) as keys:
        return await keys.revoke(merchant, key_id)


@asynccontextmanager
async def _api_keys(settings: Settings) -> AsyncIterator[ApiKeys]:
    async with deployment(settings, database_only=True) as running:
        yield ApiKeys(running.db)
