"""A new shop for each test, and deployments for tests of failures, which run as long as a file needs them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.databases import Kind, OnePerKind
from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.deployment import Deployment
from tests.scenarios.mail_deployment import mail_deployment, mail_server  # noqa: F401 - fixtures
from tests.scenarios.paused_deployment import PausedDeployment
from tests.scenarios.shared_deployment import ready
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import ShopifyShop
from tests.scenarios.woocommerce import WooCommerceShop


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crashing_deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[CrashingDeployment]]:
    async with shared_deployments(CrashingDeployment) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def crashing_deployment(
    crashing_deployments: OnePerKind[CrashingDeployment], kind: Kind
) -> CrashingDeployment:
    """A second deployment, whose parts are killed: see there. Its tests must not run in parallel."""
    return await ready(crashing_deployments, kind)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def paused_deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[PausedDeployment]]:
    async with shared_deployments(PausedDeployment) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def paused_deployment(paused_deployments: OnePerKind[PausedDeployment], kind: Kind) -> PausedDeployment:
    """A third deployment, whose processes are paused: see there. Its tests must not run in parallel."""
    return await ready(paused_deployments, kind)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_deployments(shared_deployments: Any) -> AsyncIterator[OnePerKind[Deployment]]:
    async with shared_deployments(lambda data, url: Deployment(data, database=url)) as deployments:
        yield deployments


@pytest_asyncio.fixture(loop_scope="session")
async def own_deployment(own_deployments: OnePerKind[Deployment], kind: Kind) -> Deployment:
    """A deployment of one file, for what looks at all merchants: `smot verify`, what runs at night.

    The shared one has hundreds of them, and some tests break invariants there on purpose.
    """
    return await ready(own_deployments, kind)


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
