"""How it went: asked once in the moment, answered on a page without a key; a bad answer waits for a person."""

import json
import re
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import AT_ONCE, Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


async def feedback(shop: Shop, order: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()
    return found


async def visit(shop: Shop, page: str, **form: str) -> ApiResponse:
    """Open the page, or send its form; as a browser without a key."""
    url = shop.deployment.addresses["api"] + page
    method = "POST" if form else "GET"
    async with shop.http.request(method, url, data=form or None, allow_redirects=False) as answer:
        return ApiResponse(answer.status, (await answer.read()).decode(), answer.headers)


async def test_one_click_keeps_an_answer_and_a_comment_may_follow(shop: Shop) -> None:
    order = await shop.delivered()
    asked = (await feedback(shop, order))["open"]
    assert (asked["survey"], asked["scores"]) == ("csat", [1, 2, 3, 4, 5])
    opened = await visit(shop, asked["page"])
    assert re.findall(r'name="score" value="(\d+)"', opened.body) == ["1", "2", "3", "4", "5"]
    chosen = await visit(shop, asked["page"] + "?score=2")
    assert 'name="score" value="2" autofocus' in chosen.body
    assert "autofocus" not in (await visit(shop, asked["page"] + "?score=99")).body
    assert (await feedback(shop, order))["answers"] == [], "opening the page changes nothing"
    kept = await visit(shop, asked["page"], score="2")
    assert (kept.status, kept.headers["Location"]) == (303, asked["page"])
    for again in ("5", "2", "99"):
        await visit(shop, asked["page"], score=again)
    found = await feedback(shop, order)
    assert found["open"] is None
    assert [(one["survey"], one["score"]) for one in found["answers"]] == [("csat", 2)]
    assert 'name="comment"' in (await visit(shop, asked["page"])).body
    await visit(shop, asked["page"], comment="Der Bote war unfreundlich zu Zdzisława.")
    assert "comment" not in re.sub(r"your comment", "", (await visit(shop, asked["page"])).body)
    view = await shop.view(order)
    assert [(item["kind"], item["default"]) for item in view["attention"]] == [("bad_feedback", "dismiss")]
    timeline = await shop.call("GET", f"/v1/orders/{order}/timeline?limit=100", role="agent")
    assert "unfreundlich" in json.dumps(timeline.body), "staff read the comment on the timeline"
    lines = (await shop.call("GET", "/v1/kpis/facts?limit=1000", role="agent")).ok()["items"]
    assert [(one["reason"], one["bucket"]) for one in lines if one["kind"] == "feedback"] == [("csat", 2)]
    assert "unfreundlich" not in str(lines)
    query = "SELECT state FROM snapshots WHERE merchant = ?"
    assert "unfreundlich" not in str(shop.deployment.rows(query, shop.name)), "the comment is sealed"


async def test_a_customer_who_wants_no_questions_gets_none(shop: Shop) -> None:
    order = await shop.delivered(customer={"customer_id": "c-1", "name": "A", "email": "a@example.org"})
    assert (await feedback(shop, order))["open"] is not None
    choice = {
        "choices": [{"channel": "email", "topic": "feedback", "allowed": False}],
        "source": "preference_page",
    }
    (await shop.call("PUT", "/v1/customers/c-1/preferences", choice)).ok()
    assert (await feedback(shop, order))["open"] is None


async def test_a_link_that_is_changed_foreign_or_revoked_opens_nothing(shop: Shop) -> None:
    order = await shop.delivered()
    page = (await feedback(shop, order))["open"]["page"]
    other = await shop.delivered()
    for bad in (page[:-1] + ("A" if page[-1] != "A" else "B"), page.replace(order, other), "/feedback/x"):
        assert (await visit(shop, bad)).status == 404
        assert (await visit(shop, bad, score="5")).status == 404
    (await shop.call("DELETE", f"/v1/orders/{order}/customer-links")).ok()
    assert (await visit(shop, page)).status == 404
    assert (await feedback(shop, order))["answers"] == []


async def test_nothing_is_asked_long_after_it_happened(shop: Shop) -> None:
    order = await shop.delivered()
    await shop.advance_clock(days=31)
    assert (await feedback(shop, order))["open"] is None


async def test_the_order_s_page_asks_and_its_views_are_counted(shop: Shop) -> None:
    order = await shop.delivered()
    token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    for _ in range(2):
        shown = await visit(shop, f"/o/{token}")
        assert 'action="/feedback/' in shown.body
    lines = (await shop.call("GET", "/v1/kpis/facts?limit=1000", role="agent")).ok()["items"]
    assert sum(one["times"] for one in lines if one["kind"] == "page_view") == 1, "a reload is no view"


async def test_the_letter_of_the_delivery_asks_only_who_agreed(create_shop: Any) -> None:
    shop: Shop = await create_shop(notices={**AT_ONCE, "progress": ["delivered"]})
    agreed, other = ({"customer_id": name, "name": name, "email": f"{name}@example.org"} for name in "ab")
    choice = {"choices": [{"channel": "email", "topic": "feedback", "allowed": True}]}
    (await shop.call("PUT", "/v1/customers/a/preferences", choice)).ok()
    orders = [await shop.delivered(customer=one) for one in (agreed, other)]
    texts = [(await shop.until_notice(order, "delivered"))["text"] for order in orders]
    asked, unasked = (re.findall(r"https://shop\.example(/feedback/\S+)", text) for text in texts)
    assert unasked == []
    kept = await visit(shop, asked[0], score="4")
    assert (kept.status, (await feedback(shop, orders[0]))["answers"][0]["score"]) == (303, 4)
