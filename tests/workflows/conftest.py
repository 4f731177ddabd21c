"""One world on each kind of database for all tests of this folder that don't need one of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.workflows.world import JourneyHarness


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worlds(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> AsyncIterator[OnePerKind[JourneyHarness]]:
    @asynccontextmanager
    async def opened(kind: Kind) -> AsyncIterator[JourneyHarness]:
        url = await databases.migrated(kind)
        async with JourneyHarness.open(tmp_path_factory.mktemp("world"), url) as world:
            yield world

    worlds = OnePerKind(opened)
    yield worlds
    await worlds.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(worlds: OnePerKind[JourneyHarness], kind: Kind) -> JourneyHarness:
    return await worlds.on(kind)
