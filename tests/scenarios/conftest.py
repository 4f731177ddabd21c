"""One house on each kind of database for all scenarios of a test process, a new shop for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.scenarios.brittle import Brittle
from tests.scenarios.halting import Halting
from tests.scenarios.house import House
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import Shopify

# Temporal deletes a history only after its next round, by default half a minute later.
SOON_FORGOTTEN = {"SMOT_TEMPORAL_CONFIG": '{"history.transferProcessorUpdateAckInterval": "500ms"}'}
# Receivers of outgoing webhooks are on this machine, and some of them never answer.
TOLD_HERE = {
    "SMOT_WEBHOOKS_TO": "anywhere",
    "SMOT_WEBHOOK_TIMEOUT": "2",
    "SMOT_PUBLIC_URL": "https://shop.example",  # for the links in mails
}


H = TypeVar("H", bound=House)
Build = Callable[[Path, str | None], H]


@pytest.fixture(scope="session")
def shared(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Callable[[Build[Any]], AbstractAsyncContextManager[OnePerKind[Any]]]:
    """Houses of a kind that tests share: one on each kind of database."""

    @asynccontextmanager
    async def of(build: Build[H]) -> AsyncIterator[OnePerKind[H]]:
        @asynccontextmanager
        async def opened(kind: Kind) -> AsyncIterator[H]:
            house = build(tmp_path_factory.mktemp("house") / "data", await databases.for_house(kind))
            await house.open()
            yield house
            await house.close()

        houses = OnePerKind(opened)
        yield houses
        await houses.close()

    return of


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def houses(shared: Any) -> AsyncIterator[OnePerKind[House]]:
    async with shared(lambda data, url: House(data, {**SOON_FORGOTTEN, **TOLD_HERE}, url)) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def house(houses: OnePerKind[House], kind: Kind) -> House:
    return await houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def brittle_houses(shared: Any) -> AsyncIterator[OnePerKind[Brittle]]:
    async with shared(Brittle) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def brittle(brittle_houses: OnePerKind[Brittle], kind: Kind) -> Brittle:
    """A second house, to be hurt: see there. Its tests must not run beside each other."""
    return await brittle_houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def halting_houses(shared: Any) -> AsyncIterator[OnePerKind[Halting]]:
    async with shared(Halting) as houses:
        yield houses


@pytest_asyncio.fixture(loop_scope="session")
async def halting(halting_houses: OnePerKind[Halting], kind: Kind) -> Halting:
    """A third house, in which time can be held: see there. Its tests must not run beside each other."""
    return await halting_houses.on(kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def found(house: House, http: aiohttp.ClientSession) -> Callable[..., Awaitable[Shop]]:
    """Found a shop with a policy of its own."""

    async def make(**policy: object) -> Shop:
        return await Shop.found(house, http, **policy)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def shop(house: House, http: aiohttp.ClientSession) -> Shop:
    """A sandbox merchant with the default policy."""
    return await Shop.found(house, http)


@pytest_asyncio.fixture(loop_scope="session")
async def there(house: House, http: aiohttp.ClientSession) -> Shopify:
    return await Shopify.opened(house, http)
