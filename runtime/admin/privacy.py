"""`smot privacy`: requests of persons about their data, in a deployment's database.

Each function raises DeploymentUnreachable, and CommandFailed for an unknown merchant.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pydantic import ValidationError

from domain.actors import Actor, Role
from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from runtime.privacy_wiring import (
    make_erasures,
    make_nightly_retention,
    make_person_export,
    make_privacy_requests,
    make_retention,
)
from runtime.stores import Stores
from services.paging import PageRequest
from services.privacy.export import ExportItem
from services.privacy.persons import PersonIdentity
from services.privacy.requests import NewPrivacyRequest, PrivacyRequestView
from services.privacy.retention import RetentionRules

_COMMAND_LINE: Final = Actor(role=Role.ADMIN, name="command line")
_PATIENCE: Final = 600  # steps; another process may hold the request for a while
_PAUSE: Final = 0.5  # seconds


def identity(email: str | None, phone: str | None, customer: str | None, orders: list[str]) -> PersonIdentity:
    """Raises CommandFailed for none, or one that is no address or number."""
    try:
        person = PersonIdentity(email=email, phone=phone, customer_id=customer, orders=tuple(orders))
    except ValidationError as problem:
        where = ".".join(map(str, problem.errors()[0]["loc"]))
        raise CommandFailed(f"the {where} is not of the form that it must have") from None
    if person.is_empty:
        raise CommandFailed("name the person by --email, --customer, --order or --phone")
    return person


async def requests(settings: Settings, merchant: str) -> list[PrivacyRequestView]:
    """The newest ones."""
    async with _stores(settings, merchant) as stores:
        return (await make_privacy_requests(stores).page(merchant, PageRequest(200))).items


async def make_erasure(settings: Settings, merchant: str, person: PersonIdentity) -> PrivacyRequestView:
    """Write it down; nothing is erased yet."""
    async with _stores(settings, merchant) as stores:
        new = NewPrivacyRequest("erasure", person, "command")
        return await make_privacy_requests(stores).make(merchant, _COMMAND_LINE, new)


async def refuse(settings: Settings, merchant: str, request: str) -> None:
    """The operator has thought better of it."""
    async with _stores(settings, merchant) as stores:
        await make_privacy_requests(stores).refuse(merchant, request, _COMMAND_LINE, "not confirmed")


async def carry_out(settings: Settings, merchant: str, request: str, reason: str) -> PrivacyRequestView:
    """Approve it, and erase until it is done; a deployment that runs may do a part of it."""
    async with _stores(settings, merchant) as stores:
        service, erasures = make_privacy_requests(stores), make_erasures(stores)
        await service.approve(merchant, request, _COMMAND_LINE, reason)
        for _ in range(_PATIENCE):
            await erasures.step()
            found = await service.find(merchant, request)
            if found is not None and found.state == "done":
                return found
            await asyncio.sleep(_PAUSE)
    raise CommandFailed(f"{request} is still running; `smot privacy list` shows when it is done")


async def exported(settings: Settings, merchant: str, person: PersonIdentity) -> AsyncIterator[ExportItem]:
    """Everything that is kept of the person."""
    async with _stores(settings, merchant) as stores:
        export, cursor = make_person_export(stores), None
        while True:
            page = await export.page(merchant, person, cursor)
            for item in page.items:
                yield item
            cursor = page.next
            if cursor is None:
                return


async def retention(settings: Settings, merchant: str, *, run: bool) -> RetentionRules:
    """What is deleted by age. `run`: it is deleted now, whether or not this night's run was."""
    async with _stores(settings, merchant) as stores:
        if run:
            await make_nightly_retention(stores).run(merchant)
            await stores.db.overwrite_deleted()
        return await make_retention(stores).rules(merchant)


@asynccontextmanager
async def _stores(settings: Settings, merchant: str) -> AsyncIterator[Stores]:
    async with database_stores(settings) as stores:
        if await stores.merchants.find(merchant) is None:
            raise CommandFailed(f"there is no merchant {merchant}")
        yield stores
