"""A merchant's order id is opaque: an id of any characters is found at its address."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL


async def get(client: TestClient, escaped: str) -> tuple[int, Any]:
    """Requests exactly this address: neither the client nor yarl normalizes it."""
    url = URL(str(client.make_url("/")) + escaped, encoded=True)
    async with client.session.get(url, headers={"Authorization": "Bearer agent"}) as answer:
        return answer.status, json.loads(await answer.read())


@pytest.mark.parametrize(
    "order",
    [
        "#1001",
        "a/b",
        "..",
        ".",
        "../..",
        "注文1",
        "a b",
        "a+b",
        "a%2Fb",
        "100%",
        "%zz",
        "{x}",
        "a?b=c&d",
        "a;b,c=d",
        "ü",
    ],
)
async def test_an_order_id_is_decoded_exactly_once(client: TestClient, order: str) -> None:
    escaped = "v1/orders/" + quote(order, safe="").replace(".", "%2E")
    status, view = await get(client, escaped)
    assert (status, view["order"]) == (200, order)
    assert (await get(client, escaped + "/timeline"))[0] == 200


@pytest.mark.parametrize("segment", ["%FF", "%00", "a%0Ab", "%E2%80%AE", "%C3%28"])
async def test_an_impossible_id_is_not_found(client: TestClient, segment: str) -> None:
    status, problem = await get(client, f"v1/orders/{segment}")
    assert (status, problem["code"]) == (404, "not_found")


async def test_an_empty_id_is_an_unknown_path(client: TestClient) -> None:
    status, problem = await get(client, "v1/orders/")
    assert (status, problem["code"]) == (404, "unknown_path")


async def test_an_escaped_fixed_part_is_the_same_address(client: TestClient) -> None:
    assert await get(client, "v1/%6Frders/%61") == (200, {"order": "a", "count": 4})


async def test_a_query_is_typed(client: TestClient) -> None:
    _, view = await get(client, "v1/orders/o/timeline?limit=7&since=2026-03-29T10:00:00%2B02:00")
    assert view["said"] == {"limit": 7, "since": "2026-03-29T10:00:00+02:00"}
    _, view = await get(client, "v1/orders/o/timeline")
    assert view["said"] == {"limit": 20, "since": None}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=",
        "limit=1.5",
        "limit=1&limit=2",
        "colour=red",
        "since=2026-03-29T10:00:00",
        "since=1767225600",
        "limit=%00",
        "limit=%ED%A0%80",
    ],
)
async def test_a_wrong_query_is_reported(client: TestClient, query: str) -> None:
    status, problem = await get(client, f"v1/orders/o/timeline?{query}")
    assert (status, problem["code"]) == (400, "invalid_query")
