"""`smot inbox` and `smot notices`: what ended without effect, listed and tried again in a deployment's database.

Each function raises DeploymentUnreachable, and CommandFailed for an unknown merchant.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.actors import Actor, Role
from runtime.admin.connection import database_stores
from runtime.config.settings import Settings
from runtime.errors import CommandFailed
from runtime.replays import make_delivery_replays, make_notice_replays
from runtime.stores import Stores
from services.paging import PageRequest
from services.replays.deliveries import DeliveryReplays, InboxDelivery, InboxFilter
from services.replays.notices import NoticeFilter, NoticeReplays, QueuedNotice
from services.replays.replayer import Replayer, ReplayOutcome

_COMMAND_LINE = Actor(role=Role.ADMIN, name="command line")


async def list_deliveries(
    settings: Settings, merchant: str, wanted: InboxFilter, limit: int
) -> list[InboxDelivery]:
    """The oldest deliveries that the filter fits."""
    async with _deliveries(settings, merchant) as replays:
        return list((await replays.page(merchant, wanted, PageRequest(limit))).items)


async def replay_deliveries(
    settings: Settings, merchant: str, what: InboxFilter | int, reason: str
) -> ReplayOutcome:
    """Queue one delivery by its number, or those that the filter fits. Raises CommandFailed where there is no such number."""
    by = Replayer(_COMMAND_LINE, reason)
    async with _deliveries(settings, merchant) as replays:
        if isinstance(what, InboxFilter):
            return await replays.replay(merchant, what, by)
        if not await replays.replay_one(merchant, what, by):
            raise CommandFailed(f"{merchant} has no delivery {what} that ended and whose body is kept")
        return ReplayOutcome(1)


async def count_deliveries(settings: Settings, merchant: str, wanted: InboxFilter) -> int:
    """How many a replay would queue."""
    async with _deliveries(settings, merchant) as replays:
        return await replays.count(merchant, wanted)


async def list_notices(
    settings: Settings, merchant: str, wanted: NoticeFilter, limit: int
) -> list[QueuedNotice]:
    """The oldest notices that the filter fits."""
    async with _notices(settings, merchant) as replays:
        return list((await replays.page(merchant, wanted, PageRequest(limit))).items)


async def replay_notices(
    settings: Settings, merchant: str, what: NoticeFilter | int, reason: str
) -> ReplayOutcome:
    """Queue one dead notice by its number, or those that the filter fits. Raises CommandFailed where there is no such number."""
    by = Replayer(_COMMAND_LINE, reason)
    async with _notices(settings, merchant) as replays:
        if isinstance(what, NoticeFilter):
            return await replays.replay(merchant, what, by)
        if not await replays.replay_one(merchant, what, by):
            raise CommandFailed(f"{merchant} has no dead notice {what}")
        return ReplayOutcome(1)


async def count_notices(settings: Settings, merchant: str, wanted: NoticeFilter) -> int:
    """How many a replay would queue."""
    async with _notices(settings, merchant) as replays:
        return await replays.count(merchant, wanted)


@asynccontextmanager
async def _deliveries(settings: Settings, merchant: str) -> AsyncIterator[DeliveryReplays]:
    async with _stores(settings, merchant) as stores:
        yield make_delivery_replays(stores, asyncio.Event())


@asynccontextmanager
async def _notices(settings: Settings, merchant: str) -> AsyncIterator[NoticeReplays]:
    async with _stores(settings, merchant) as stores:
        yield make_notice_replays(stores)


@asynccontextmanager
async def _stores(settings: Settings, merchant: str) -> AsyncIterator[Stores]:
    async with database_stores(settings) as stores:
        if await stores.merchants.find(merchant) is None:
            raise CommandFailed(f"there is no merchant {merchant}")
        yield stores
