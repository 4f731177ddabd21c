"""One harness on each kind of database, for all tests of this folder that do not need their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.workflows.journey_harness import JourneyHarness


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def harnesses(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> AsyncIterator[OnePerKind[JourneyHarness]]:
    @asynccontextmanager
    async def opened(kind: Kind) -> AsyncIterator[JourneyHarness]:
        url = await databases.migrated(kind)
        async with JourneyHarness.open(tmp_path_factory.mktemp("harness"), url) as harness:
            yield harness

    harnesses = OnePerKind(opened)
    yield harnesses
    await harnesses.close()


@pytest_asyncio.fixture(loop_scope="session")
async def harness(harnesses: OnePerKind[JourneyHarness], kind: Kind) -> JourneyHarness:
    return await harnesses.on(kind)
