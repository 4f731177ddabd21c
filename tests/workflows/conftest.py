"""One world for all tests of this folder that don't need one of their own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.workflows.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World.open(tmp_path_factory.mktemp("world")) as world:
        yield world
