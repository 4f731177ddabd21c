"""One house for all scenarios of a test process, a new shop for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.scenarios.brittle import Brittle
from tests.scenarios.house import House
from tests.scenarios.shop import Shop

# Temporal deletes a history only after its next round, by default half a minute later.
SOON_FORGOTTEN = {"SMOT_TEMPORAL_CONFIG": '{"history.transferProcessorUpdateAckInterval": "500ms"}'}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    data: Path = tmp_path_factory.mktemp("house") / "data"
    house = House(data, SOON_FORGOTTEN)
    await house.open()
    yield house
    await house.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def brittle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Brittle]:
    """A second house, to be hurt: see there. Its tests must not run beside each other."""
    house = Brittle(tmp_path_factory.mktemp("brittle") / "data")
    await house.open()
    yield house
    await house.close()


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
