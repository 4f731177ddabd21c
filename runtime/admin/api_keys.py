"""`smot keys`: bearer keys of a deployment, in its database.

Each function raises DeploymentUnreachable, and CommandFailed for an unknown merchant or key. A merchant of None means the
platform's own admins.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from domain.actors import Actor, Role
from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from services.merchants.keys import COMMAND_LINE, KeyService
from services.merchants.views import KeyView
from services.paging import PageRequest
from store.engine.columns import real_now

_ACTOR = Actor(role=Role.ADMIN, name=COMMAND_LINE)
_PAGE = 100


async def list_keys(settings: Settings, merchant: str | None) -> list[KeyView]:
    """The keys of a merchant, or of the platform's admins, the newest first; never their text."""
    async with _service(settings) as keys:
        found, cursor = [], None
        while True:
            page = await keys.page(merchant, PageRequest(_PAGE, cursor))
            found += page.items
            if page.next is None:
                return found
            cursor = page.next


async def add_key(settings: Settings, merchant: str | None, role: Role, name: str, days: int | None) -> str:
    """Create a key and return its text, which is not stored. `days`: after which it ends by itself."""
    ends = real_now() + timedelta(days=days) if days is not None else None
    async with _service(settings) as keys:
        made = await keys.create(merchant, role, name, _ACTOR, ends)
    if made is None:
        raise CommandFailed(f"there is no merchant {merchant}")
    return made.text


async def rotate_key(settings: Settings, merchant: str | None, key_id: str, hours: int) -> str:
    """Replace a key by one of the same role and name, and return its text. The old one works for `hours` more."""
    async with _service(settings) as keys:
        made = await keys.rotate(merchant, key_id, _ACTOR, timedelta(hours=hours))
    if made is None:
        raise CommandFailed(_no_key(merchant, key_id))
    return made.text


async def rename_key(settings: Settings, merchant: str | None, key_id: str, name: str) -> None:
    """Give the key another name, which timelines show from then on."""
    async with _service(settings) as keys:
        if await keys.change(merchant, key_id, _ACTOR, name, None) is None:
            raise CommandFailed(_no_key(merchant, key_id))


async def revoke_key(settings: Settings, merchant: str | None, key_id: str) -> None:
    """Revoke a key at once, for all processes."""
    async with _service(settings) as keys:
        if not await keys.revoke(merchant, key_id, _ACTOR):
            raise CommandFailed(_no_key(merchant, key_id))


def _no_key(merchant: str | None, key_id: str) -> str:
    return f"no key {key_id} of {merchant or 'the platform'} is in use"


@asynccontextmanager
async def _service(settings: Settings) -> AsyncIterator[KeyService]:
    async with database_stores(settings) as stores:
        yield KeyService(stores.api_keys, stores.audit, stores.clocks)
