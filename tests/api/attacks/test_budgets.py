"""Nobody uses up what another needs: a link not its merchant's quota, a role not another's, a network not another's."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from api.app import ENDPOINTS
from api.http.auth import PUBLIC
from api.http.rate_limits import Quota, RateLimiter
from api.http.sliding_windows import MAX_OWNERS
from tests.api.whole_api import path_for, start

LOOPBACK = [ip_network("127.0.0.0/8")]
PUBLIC_OPERATIONS = [(it.method, path_for(it)) for it in ENDPOINTS if it.roles == PUBLIC]
PAGES = [("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/metrics")]
ORDER = "/v1/orders/x"


@asynccontextmanager
async def limited(limits: dict[Quota, str]) -> AsyncIterator[TestClient[Any, Any]]:
    """An API with these limits, whose limiter's clock stands still: how long the requests take does not matter."""
    limiter = RateLimiter(limits, lambda: 0.0, proxies=LOOPBACK)
    async with TestClient(await start(limiter=limiter)) as client:
        yield client


async def status(
    client: TestClient[Any, Any], method: str, path: str, bearer: str, data: bytes = b"x"
) -> int:
    headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": "k"}
    answer = await client.request(method, path, data=data if method == "POST" else None, headers=headers)
    return answer.status


async def test_a_customers_link_spends_its_own_quota_and_nothing_of_its_merchants() -> None:
    async with limited({"links": "5/minute", "writes": "30/10seconds", "reads": "30/10seconds"}) as client:
        broken = [await status(client, "POST", f"{ORDER}/returns", "customer/ord_x") for _ in range(40)]
        assert broken == [415] * 5 + [429] * 35
        assert await status(client, "GET", ORDER, "customer/ord_x") == 429, (
            "reads by the link are counted with its writes"
        )
        assert await status(client, "POST", f"{ORDER}/returns", "customer/ord_y") == 415
        for role, path in (
            ("storefront", "/v1/orders"),
            ("partner", "/v1/drop-offs/scans"),
            ("agent", f"{ORDER}/returns/quote"),
            ("warehouse", "/v1/returns/x/receipts"),
        ):
            assert await status(client, "POST", path, role) == 415, role


async def test_all_links_of_a_merchant_together_leave_its_other_roles_their_quota() -> None:
    async with limited({"writes": "10/minute"}) as client:
        for number in range(12):
            await status(client, "POST", f"{ORDER}/returns", f"customer/ord_{number}")
        assert await status(client, "POST", f"{ORDER}/returns", "customer/ord_new") == 429
        assert await status(client, "POST", "/v1/orders", "storefront") == 415


async def test_the_refusal_of_a_link_names_its_own_quota() -> None:
    async with limited({"links": "1/minute"}) as client:
        for _ in range(2):
            answer = await client.get(ORDER, headers={"Authorization": "Bearer customer/ord_x"})
        problem = json.loads(await answer.read())
        assert (answer.status, problem["code"], answer.headers["Retry-After"]) == (429, "rate_limited", "60")
        assert problem["detail"] == "At most 1 requests by one link in 60 s; nothing was done."
        assert answer.headers["RateLimit-Policy"] == '"links";q=1;w=60'


@pytest.mark.parametrize(("method", "path"), [*PUBLIC_OPERATIONS, *PAGES])
async def test_every_address_without_a_key_has_a_quota_for_each_network(method: str, path: str) -> None:
    async with limited({"public": "3/minute", "senders": "3/minute"}) as client:
        statuses = []
        for _ in range(5):
            answer = await client.request(method, path, headers={"X-Forwarded-For": "203.0.113.9"})
            statuses.append(answer.status)
        assert 429 not in statuses[:3]
        assert statuses[3:] == [429, 429]
        assert answer.content_type == "application/problem+json"
        assert json.loads(await answer.read())["code"] == "rate_limited"
        assert answer.headers["Retry-After"] == "60"
        other = await client.request(method, path, headers={"X-Forwarded-For": "203.0.113.10"})
        assert other.status != 429


async def test_a_flood_of_one_page_leaves_probes_of_the_same_network_alone() -> None:
    async with limited({"public": "3/minute"}) as client:
        statuses = [(await client.get("/docs")).status for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert (await client.get("/healthz")).status == 200


async def test_what_is_above_the_quota_is_refused_before_its_body_is_read() -> None:
    async with limited({"senders": "1/minute"}) as client:
        path = "/v1/webhooks/carriers/none/acme"
        large = b"x" * (2 * 1024 * 1024)
        assert (await client.post(path, data=large)).status == 413
        assert (await client.post(path, data=large)).status == 429


async def test_counts_of_any_number_of_networks_take_bounded_memory() -> None:
    limiter = RateLimiter()
    async with TestClient(await start(limiter=limiter)):
        windows = limiter._windows["public"]
        for number in range(MAX_OWNERS + 100):
            windows.acquire(f"GET /docs/2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64")
        assert len(windows) == MAX_OWNERS


async def test_no_text_that_a_stranger_chooses_is_counted_under() -> None:
    """Unknown merchants, tokens and keys open no counts: only their network does."""
    limiter = RateLimiter()
    async with TestClient(await start(limiter=limiter)) as client:
        for number in range(20):
            await client.post(f"/v1/webhooks/carriers/s{number}/m{number}", data=b"{}")
            await client.post(f"/v1/unsubscribe/token{number}", data=b"")
            await client.get("/v1/orders", headers={"Authorization": f"Bearer k{number}"})
        counted = {name: len(windows) for name, windows in limiter._windows.items() if len(windows)}
        assert counted == {"public": 1, "senders": 1, "failures": 1}
