"""The admins of a platform and of a merchant, calling a deployment over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import Shop

T = TypeVar("T")


async def as_platform(shop: Shop, method: str, path: str, body: Any = None, **headers: str) -> ApiResponse:
    """A call with the platform admin's key. `headers`: `if_match` for If-Match."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.call(method, path, body, token=shop.deployment.admin_key, headers=sent)


async def as_admin(shop: Shop, method: str, path: str, body: Any = None, **headers: str) -> ApiResponse:
    """A call with the key of the merchant's own admin; `path` goes on after the merchant's address."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.call(method, f"/v1/merchants/{shop.name}{path}", body, role="admin", headers=sent)


async def until(found: Callable[[], Awaitable[T | None]], seconds: float = 40.0) -> T:
    """What is found, once it is."""
    deadline = time.monotonic() + seconds
    while (value := await found()) is None:
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
    return value
