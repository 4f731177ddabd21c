"""`smot users`: the people of a merchant, in the database of a deployment.

Each function raises DeploymentUnreachable, and CommandFailed for an unknown merchant or user.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.actors import Actor, Role
from runtime.admin.connection import database_stores
from runtime.config.deployment_file import last_addresses
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from runtime.staff_wiring import make_user_service
from services.merchants.keys import COMMAND_LINE
from services.paging import PageRequest
from services.staff.passwords import Passwords
from services.staff.users import InvitedUser, NewUser, UserService
from services.staff.views import UserView

_ACTOR = Actor(role=Role.ADMIN, name=COMMAND_LINE)
_PAGE = 100


async def list_users(settings: Settings, merchant: str) -> list[UserView]:
    """The users of a merchant, the newest first."""
    async with _service(settings) as users:
        found, cursor = [], None
        while True:
            page = await users.page(merchant, PageRequest(_PAGE, cursor), with_addresses=True)
            found += page.items
            if page.next is None:
                return found
            cursor = page.next


async def add_user(settings: Settings, merchant: str, new: NewUser) -> str:
    """Invite a user and return the address of the one-time link."""
    async with _service(settings) as users:
        made = await users.invite(merchant, new, _ACTOR)
    if made is None:
        raise CommandFailed(f"there is no merchant {merchant}, or it has a user of that address")
    return _address(settings, made)


async def renew_link(settings: Settings, merchant: str, user: str) -> str:
    """A new one-time link for a user whose password is lost; returns its address."""
    async with _service(settings) as users:
        made = await users.renew_link(merchant, user, _ACTOR)
    if made is None:
        raise CommandFailed(f"{merchant} has no user {user}")
    return _address(settings, made)


def _address(settings: Settings, made: InvitedUser) -> str:
    base = settings.public_url or last_addresses(settings.deployment_file).get("api", "")
    return f"{base}/agents/welcome/{made.token}"


@asynccontextmanager
async def _service(settings: Settings) -> AsyncIterator[UserService]:
    async with database_stores(settings) as stores:
        yield make_user_service(stores, Passwords())
