"""A shop on the browser tests' deployment, and the link of a customer's order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest_asyncio

from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop

MakeShop = Callable[..., Awaitable[Shop]]


@pytest_asyncio.fixture(loop_scope="session")
async def live_shop(live: Deployment) -> AsyncIterator[MakeShop]:
    """Creates a shop with a policy of its own, whose letters leave at once."""
    async with aiohttp.ClientSession() as http:

        async def make(**policy: Any) -> Shop:
            return await Shop.create(live, http, **{"notices": AT_ONCE, **policy})

        yield make


async def link_token(shop: Shop, order: str) -> str:
    """The token with which the order's customer opens pages."""
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token
