"""One killable deployment on each kind of database, for the tests that leave it usable. The others open their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.killable_deployment import KillableDeployment
from tests.databases import Databases, Kind, OnePerKind


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def killable_deployments(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> AsyncIterator[OnePerKind[KillableDeployment]]:
    @asynccontextmanager
    async def opened(kind: Kind) -> AsyncIterator[KillableDeployment]:
        deployment = KillableDeployment(
            tmp_path_factory.mktemp("killable_deployment") / "data",
            database=await databases.for_deployment(kind),
        )
        await deployment.open()
        yield deployment
        await deployment.reopen()
        await deployment.close()

    deployments = OnePerKind(opened)
    yield deployments
    await deployments.close()


@pytest_asyncio.fixture(loop_scope="session")
async def killable_deployment(
    killable_deployments: OnePerKind[KillableDeployment], kind: Kind
) -> KillableDeployment:
    deployment = await killable_deployments.on(kind)
    await deployment.ensure_ready()
    return deployment


@pytest_asyncio.fixture(loop_scope="session")
async def own_database(databases: Databases, kind: Kind) -> str | None:
    """For a test's own deployment."""
    return await databases.for_deployment(kind)


@pytest_asyncio.fixture(loop_scope="session")
async def deployment(tmp_path: Path, own_database: str | None) -> AsyncIterator[KillableDeployment]:
    """A deployment for one test, which opens it; no process of it outlives the test."""
    deployment = KillableDeployment(tmp_path / "data", database=own_database)
    yield deployment
    if deployment.process is not None and deployment.process.returncode is None:
        await deployment.close()
