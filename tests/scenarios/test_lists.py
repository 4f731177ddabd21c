"""Lists: pages without gaps, and filters."""

from typing import Any

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def listed(shop: Shop, path: str, role: str = "agent", **query: str) -> list[dict[str, Any]]:
    """All pages, two rows at a time."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        parameters = "&".join(f"{name}={value}" for name, value in {"limit": "2", **query}.items()) + cursor
        page = (await shop.call("GET", f"{path}?{parameters}", role=role)).ok()
        rows += page["items"]
        if page["next"] is None:
            return rows
        cursor = f"&cursor={page['next']}"


async def test_orders_are_listed_newest_first_by_stage_and_by_customer(shop: Shop) -> None:
    body = await shop.order_body()
    first: str = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    others = [await shop.place() for _ in range(3)]
    done = await shop.delivered()
    assert [one["order"] for one in await listed(shop, "/v1/orders")] == [done, *others[::-1], first]
    assert [one["order"] for one in await listed(shop, "/v1/orders", stage="delivered")] == [done]
    of_customer = await listed(shop, "/v1/orders", customer=body["customer"]["customer_id"])
    assert [one["order"] for one in of_customer] == [first]
    assert await listed(shop, "/v1/orders", customer="nobody") == []


async def test_returns_are_listed_by_status_and_name_their_order(shop: Shop) -> None:
    order = await shop.delivered()
    kept = (await shop.open(order, item("1"))).ok()["return"]
    gone = (await shop.open(order, item("2"))).ok()["return"]
    (await shop.call("POST", f"/v1/returns/{gone['return_id']}/cancel")).ok()
    [one] = await listed(shop, "/v1/returns", status="authorized")
    assert (one["return_id"], one["order"]) == (kept["return_id"], order)
    assert one["order_id"] == (await shop.view(order))["order_id"]
    assert [one["return_id"] for one in await listed(shop, "/v1/returns", status="cancelled")] == [
        gone["return_id"]
    ]


async def test_questions_are_listed_for_their_owner(create_shop: Any) -> None:
    shop: Shop = await create_shop(review_above={"GBP": 100})
    order = await shop.delivered()
    opened = await shop.open(order, item())
    assert opened.status == 202
    [question] = await listed(shop, "/v1/attention", owner="agent")
    assert (question["kind"], question["subject"]) == ("review", opened["return"]["return_id"])
    assert await listed(shop, "/v1/attention", owner="finance") == []


async def test_an_invalid_filter_or_cursor_is_reported(shop: Shop) -> None:
    for query in ("stage=nowhere", "cursor=abc", "limit=0", "colour=red"):
        answer = await shop.call("GET", f"/v1/orders?{query}", role="agent")
        assert (answer.status, answer["code"]) == (400, "invalid_query"), query
