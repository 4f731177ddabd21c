"""One deployment on each kind of database for all scenarios of a test process, a new shop for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Databases, Kind, OnePerKind
from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.deployment import Deployment
from tests.scenarios.mail_deployment import mail_deployment, mail_server  # noqa: F401 - fixtures
from tests.scenarios.paused_deployment import PausedDeployment
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import ShopifyShop
from tests.scenarios.woocommerce import WooCommerceShop

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
async def crashing_deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[CrashingDeployment]]:
    async with shared_deployments(CrashingDeployment) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def crashing_deployment(
    crashing_deployments: OnePerKind[CrashingDeployment], kind: Kind
) -> CrashingDeployment:
    """A second deployment, whose parts are killed: see there. Its tests must not run in parallel."""
    return await ready(crashing_deployments, kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def paused_deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[PausedDeployment]]:
    async with shared_deployments(PausedDeployment) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def paused_deployment(paused_deployments: OnePerKind[PausedDeployment], kind: Kind) -> PausedDeployment:
    """A third deployment, whose processes are paused: see there. Its tests must not run in parallel."""
    return await ready(paused_deployments, kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def create_shop(deployment: Deployment, http: aiohttp.ClientSession) -> Callable[..., Awaitable[Shop]]:
    """Creates a shop with its own policy."""

    async def make(**policy: object) -> Shop:
        return await Shop.create(deployment, http, **policy)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def shop(deployment: Deployment, http: aiohttp.ClientSession) -> Shop:
    """A sandbox merchant with the default policy."""
    return await Shop.create(deployment, http)


@pytest_asyncio.fixture(loop_scope="session")
async def shopify_shop(deployment: Deployment, http: aiohttp.ClientSession) -> ShopifyShop:
    return await ShopifyShop.create(deployment, http)


@pytest_asyncio.fixture(loop_scope="session")
async def woocommerce_shop(deployment: Deployment, http: aiohttp.ClientSession) -> WooCommerceShop:
    return await WooCommerceShop.create(deployment, http)
