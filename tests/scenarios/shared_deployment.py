"""The deployment that most scenarios and all reports share: one in each test process, on the kind of database in use."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.scenarios.deployment import Deployment

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


async def ready(deployments: OnePerKind[H], kind: Kind) -> H:
    """The deployment on that kind of database, started anew where the test before has left it unusable."""
    deployment = await deployments.on(kind)
    await deployment.ensure_ready()
    return deployment


@pytest.fixture(scope="session")
def shared_deployments(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Callable[[Build[Any]], AbstractAsyncContextManager[OnePerKind[Any]]]:
    """Deployments of one configuration that tests share: one on each kind of database."""

    @asynccontextmanager
    async def of(build: Build[H]) -> AsyncIterator[OnePerKind[H]]:
        @asynccontextmanager
        async def opened(kind: Kind) -> AsyncIterator[H]:
            deployment = build(
                tmp_path_factory.mktemp("deployment") / "data", await databases.for_deployment(kind)
            )
            await deployment.open()
            yield deployment
            await deployment.close()

        deployments = OnePerKind(opened)
        yield deployments
        await deployments.close()

    return of


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[Deployment]]:
    async with shared_deployments(
        lambda data, url: Deployment(data, {**FAST_DELETION, **LOCAL_WEBHOOKS}, url)
    ) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def deployment(deployments: OnePerKind[Deployment], kind: Kind) -> Deployment:
    return await ready(deployments, kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session
