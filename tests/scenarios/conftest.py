"""One house on each kind of database for all scenarios of a test process, a new shop for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.scenarios.brittle import CrashingDeployment
from tests.scenarios.halting import PausedDeployment
from tests.scenarios.house import Deployment
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import ShopifyShop

# Temporal deletes a history only after its next round, by default half a minute later.
FAST_DELETION = {"SMOT_TEMPORAL_CONFIG": '{"history.transferProcessorUpdateAckInterval": "500ms"}'}
# Receivers of outgoing webhooks are on this machine, and some of them never answer.
LOCAL_WEBHOOKS = {
    "SMOT_WEBHOOK_EGRESS": "anywhere",
    "SMOT_WEBHOOK_TIMEOUT": "2",
    "SMOT_PUBLIC_URL": "https://shop.example",  # for the links in mails
}


H = TypeVar("H", bound=Deployment)
Build = Callable[[Path, str | None], H]


@pytest.fixture(scope="session")
def shared_deployments(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Callable[[Build[Any]], AbstractAsyncContextManager[OnePerKind[Any]]]:
    """Houses of a kind that tests share: one on each kind of database."""

    @asynccontextmanager
    async def of(build: Build[H]) -> AsyncIterator[OnePerKind[H]]:
        @asynccontextmanager
        async def opened(kind: Kind) -> AsyncIterator[H]:
            house = build(tmp_path_factory.mktemp("house") / "data", await databases.for_deployment(kind))
            await house.open()
            yield house
            await house.close()

        houses = OnePerKind(opened)
        yield houses
        await houses.close()

    return of


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def houses(shared: Any) -> AsyncIterator[OnePerKind[Deployment]]:
    async with shared(lambda data, url: Deployment(data, {**FAST_DELETION, **LOCAL_WEBHOOKS}, url)) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def house(houses: OnePerKind[Deployment], kind: Kind) -> Deployment:
    return await houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def brittle_houses(shared: Any) -> AsyncIterator[OnePerKind[CrashingDeployment]]:
    async with shared(CrashingDeployment) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def brittle(brittle_houses: OnePerKind[CrashingDeployment], kind: Kind) -> CrashingDeployment:
    """A second house, to be hurt: see there. Its tests must not run beside each other."""
    return await brittle_houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def halting_houses(shared: Any) -> AsyncIterator[OnePerKind[PausedDeployment]]:
    async with shared(PausedDeployment) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def halting(halting_houses: OnePerKind[PausedDeployment], kind: Kind) -> PausedDeployment:
    """A third house, in which time can be held: see there. Its tests must not run beside each other."""
    return await halting_houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def create_shop(house: Deployment, http: aiohttp.ClientSession) -> Callable[..., Awaitable[Shop]]:
    """Found a shop with a policy of its own."""

    async def make(**policy: object) -> Shop:
        return await Shop.create(house, http, **policy)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def shop(house: Deployment, http: aiohttp.ClientSession) -> Shop:
    """A sandbox merchant with the default policy."""
    return await Shop.create(house, http)


@pytest_asyncio.fixture(loop_scope="session")
async def shopify_shop(house: Deployment, http: aiohttp.ClientSession) -> ShopifyShop:
    return await ShopifyShop.create(house, http)
