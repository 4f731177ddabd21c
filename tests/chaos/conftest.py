"""One mortal house on each kind of database for the tests that leave it usable; those that need one of their own open it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.mortal import KillableDeployment
from tests.databases import Databases, Kind, OnePerKind


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mortals(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> AsyncIterator[OnePerKind[KillableDeployment]]:
    @asynccontextmanager
    async def opened(kind: Kind) -> AsyncIterator[KillableDeployment]:
        house = KillableDeployment(tmp_path_factory.mktemp("mortal") / "data", database=await databases.for_deployment(kind))
        await house.open()
        yield house
        await house.reopen()
        await house.close()

    houses = OnePerKind(opened)
    yield houses
    await houses.close()


@pytest_asyncio.fixture(loop_scope="session")
async def mortal(mortals: OnePerKind[KillableDeployment], kind: Kind) -> KillableDeployment:
    return await mortals.on(kind)


@pytest_asyncio.fixture(loop_scope="session")
async def own_database(databases: Databases, kind: Kind) -> str | None:
    """For a house of a test's own."""
    return await databases.for_deployment(kind)


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path, own_database: str | None) -> AsyncIterator[KillableDeployment]:
    """A house for one test, which opens it; whatever becomes of that test, nothing of it goes on running."""
    house = KillableDeployment(tmp_path / "data", database=own_database)
    yield house
    if house.process is not None and house.process.returncode is None:
        await house.close()
