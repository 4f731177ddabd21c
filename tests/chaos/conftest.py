"""One mortal house for the tests that leave it usable; those that need one of their own open it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.mortal import Mortal


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mortal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mortal]:
    house = Mortal(tmp_path_factory.mktemp("mortal") / "data")
    await house.open()
    yield house
    await house.revive()
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session
