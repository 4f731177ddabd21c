"""One answer to many questions: a dry run changes nothing, and each question has its own result. Macros and the panel."""

from typing import Any

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop
from tests.scenarios.test_lists import listed
from tests.scenarios.test_queue import reviewed

pytestmark = pytest.mark.databases_in_turn


async def _bulk(shop: Shop, action: str, items: list[str], *, role: str = "agent", **more: Any) -> Any:
    body = {"action": action, "items": items, **more}
    return (await shop.call("POST", "/v1/attention/bulk", body, role=role)).ok()


async def test_many_returns_are_approved_after_a_dry_run(create_shop: Any) -> None:
    shop, orders = await reviewed(create_shop, 3)
    rows = await listed(shop, "/v1/attention")
    items = [row["item"] for row in rows]
    tried = await _bulk(shop, "approve", [*items, "att_nothing"], reason="the lamp is known to fade")
    assert tried["dry_run"] is True
    assert [one["outcome"] for one in tried["items"]] == ["possible"] * 3 + ["gone"]
    assert len(await listed(shop, "/v1/attention")) == 3, "nothing changed"

    done = await _bulk(shop, "approve", items[:2], reason="the lamp is known to fade", dry_run=False)
    assert [one["outcome"] for one in done["items"]] == ["done", "done"]
    assert [one["number"] for one in done["items"]] == [row["number"] for row in rows[:2]]
    again = await _bulk(shop, "approve", items, reason="the lamp is known to fade", dry_run=False)
    assert [one["outcome"] for one in again["items"]] == ["gone", "gone", "done"]
    for order in orders:
        assert [one["status"] for one in (await shop.view(order))["returns"]] == ["authorized"]


async def test_what_needs_an_answer_is_not_closed_and_says_why(create_shop: Any) -> None:
    shop, _ = await reviewed(create_shop, 2)
    first, second = [row["item"] for row in await listed(shop, "/v1/attention")]
    closed = await _bulk(shop, "close", [first], reason="no time for it", dry_run=False)
    assert [one["outcome"] for one in closed["items"]] == ["refused"]
    assert closed["items"][0]["reasons"][0]["code"] == "question_needs_answer"
    (await shop.call("POST", f"/v1/attention/{first}/claim", role="senior_agent")).ok()
    claimed = await _bulk(shop, "claim", [first, second], dry_run=False)
    assert [one["outcome"] for one in claimed["items"]] == ["held", "done"]
    body = {"action": "close", "items": [first], "reason": "x"}
    problem(await shop.call("POST", "/v1/attention/bulk", body, role="agent"), 422, "refused")


async def test_a_macro_is_filled_once_and_what_fills_it_is_text(shop: Shop) -> None:
    body = await shop.order_body("10482")
    body["customer"]["name"] = "{order} <b>Anna</b>"
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.until(order, lambda view: view["seq"] > 0)
    path = "/v1/reply-macros/late-parcel"
    wrong = {"name": "Late parcel", "text": "Dear {customer}, {password}"}
    problem(await shop.call("PUT", path, wrong, role="admin"), 422, "refused")
    good = {"name": "Late parcel", "text": "Dear {customer}, order {order} is late."}
    problem(await shop.call("PUT", path, good, role="agent"), 403, "forbidden")
    (await shop.call("PUT", path, good, role="admin")).ok()
    [macro] = (await shop.call("GET", "/v1/reply-macros", role="agent")).ok()["items"]
    assert (macro["macro"], macro["name"]) == ("late-parcel", "Late parcel")
    filled = await shop.call("GET", f"/v1/orders/{order}/reply-macros/late-parcel", role="agent")
    assert filled.ok()["text"] == "Dear {order} <b>Anna</b>, order 10482 is late."
    assert (await shop.call("DELETE", path, role="admin")).status == 204
    problem(await shop.call("DELETE", path, role="admin"), 404, "not_found")


async def test_a_panel_has_the_orders_of_one_address(shop: Shop, create_shop: Any) -> None:
    order = await shop.delivered(order_id="10482")
    assert (await shop.open(order, item())).ok()["return"]
    email = "zdzislawa.testowa@example.org"
    [shown] = (await shop.call("GET", f"/v1/panel?email={email}", role="agent")).ok()["items"]
    assert (shown["number"], shown["customer_name"]) == ("10482", "Zdzisława Testowa")
    assert shown["console"] == f"/agents/orders/{order}"
    made = (await shop.call("POST", "/v1/panel-links", {"email": email}, role="agent")).ok()
    assert made["path"].startswith("/embed/order?token=")
    problem(await shop.call("GET", f"/v1/panel?email={email}", role="finance"), 403, "forbidden")
    other: Shop = await create_shop()
    assert (await other.call("GET", f"/v1/panel?email={email}", role="agent")).ok()["items"] == []
