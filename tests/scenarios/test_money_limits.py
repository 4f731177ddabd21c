"""Every door by which a person of the shop moves money passes the limit of their role and the second person (NEW-11)."""

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.people_of_a_shop import Colleague, colleague, page_of
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn
CreateShop = Callable[..., Awaitable[Shop]]
LIMITS = {"second_approver": {"agent": {"GBP": 5000}}}
DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")  # the end of the promised day in London
WHOLE = [{"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 1}]  # 53.00


def waits(answer: ApiResponse) -> str:
    """The request to a second person that a refused command made."""
    assert (answer.status, answer.reasons) == (422, ["approval_needed"]), answer.body
    approval: str = answer["reasons"][0]["details"]["approval"]
    return approval


async def agents_call(shop: Shop, path: str, body: Any = None) -> ApiResponse:
    return await shop.call("POST", path, body, role="agent", key=secrets.token_hex(8))


async def approved(shop: Shop, approval: str) -> None:
    decision = {"decision": "approve", "reason": "she is right"}
    done = await shop.call("POST", f"/v1/approvals/{approval}/decisions", decision, role="senior_agent")
    assert (done.ok()["status"], done["verdict"]) == ("approved", "accepted")


async def test_an_agents_key_moves_no_more_than_its_limit_by_any_route(create_shop: CreateShop) -> None:
    shop = await create_shop(**LIMITS)
    order = await shop.place()
    async with shop.nothing_changes(order):
        waits(await agents_call(shop, f"/v1/orders/{order}/cancel"))
        first = waits(await agents_call(shop, f"/v1/orders/{order}/removals", {"lines": WHOLE}))
        again = waits(await agents_call(shop, f"/v1/orders/{order}/removals", {"lines": WHOLE}))
        assert again == first, "a second press makes no second request"
    await approved(shop, first)
    await shop.advance_clock(seconds=30)
    await shop.until(order, lambda view: view["refunded"]["minor"] == 5300)
    small = {"lines": [{"line_id": "1", "quantity": 1}]}
    view = (await agents_call(shop, f"/v1/orders/{order}/removals", small)).ok()
    assert view["stage"] == "cancelled", "below the limit it needs no other person"
    own = await shop.place()
    path = f"/v1/orders/{own}/cancel"
    assert (await shop.call("POST", path, key="shop")).ok()["stage"] == "cancelled", "the shop's own system"


async def test_a_return_above_the_limit_is_opened_once_a_second_person_agrees(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(**LIMITS)
    order = await shop.delivered()
    goods = [item(quantity=2), item("2")]
    async with shop.nothing_changes(order):
        first = waits(await shop.open(order, *goods, role="agent"))
        assert waits(await shop.open(order, *goods, role="agent")) == first
    [waiting] = (await shop.call("GET", "/v1/approvals?status=open", role="senior_agent")).ok()["items"]
    assert (waiting["command"], waiting["amount"]["minor"]) == ("open_return", 5300)
    await approved(shop, first)
    await shop.advance_clock(seconds=30)
    [opened] = (await shop.view(order))["returns"]
    assert opened["status"] == "authorized"
    receipts = f"/v1/returns/{opened['return_id']}/receipts"
    async with shop.nothing_changes(order):
        waits(await agents_call(shop, receipts))
    (await shop.receive(opened["return_id"])).ok()
    await shop.paid(order, opened["return_id"])


async def lost(shop: Shop) -> str:
    """An order whose only parcel is presumed lost."""
    order, number = await shipped(shop)
    await shop.scan(number, "in_transit")
    await parcel_after_scans(shop, order, 1)
    await shop.set_clock(max(await shop.now(), DUE) + timedelta(days=10))
    return order


async def close_in_queue(user: Colleague, order: str) -> None:
    """The user closes the order's question about a resend by the form of the queue, without a preview."""
    [question] = [one for one in await user.shop.attention_items(order) if one["kind"] == "resend"]
    _, shown = await page_of(user, f"/agents?item={question['item']}")
    csrf, sent = (re.findall(f'name="{name}" value="([^"]+)"', shown)[-1] for name in ("csrf", "sent"))
    form = {"csrf": csrf, "sent": sent, "item": question["item"], "reason": "she wants no other one"}
    status, _ = await page_of(user, "/agents/queue/close", **form)
    assert status == 200


async def test_a_lost_parcel_is_paid_back_by_an_agent_within_the_limit_only_and_closing_is_judged_too(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(**LIMITS)
    tom = await colleague(shop, "t@example.org", "agent", "Tom")
    order = await lost(shop)
    path = f"/v1/orders/{order}/parcels/p1/choice"
    async with shop.nothing_changes(order):
        waits(await agents_call(shop, path, {"choice": "refund"}))
    (await agents_call(shop, path, {"choice": "resend"})).ok()
    async with shop.nothing_changes(order):
        await close_in_queue(tom, order)
    asked = (await shop.call("GET", "/v1/approvals?status=open", role="senior_agent")).ok()["items"]
    assert sorted(one["command"] for one in asked) == ["close_question", "resolve_lost_parcel"]
    ada = await colleague(shop, "a@example.org", "senior_agent", "Ada")
    await close_in_queue(ada, order)
    [plan] = (await shop.view(order))["planned"]
    (await ada.call("POST", f"/v1/orders/{order}/planned/{plan['plan']}/answers", {"answer": "undo"})).ok()
    assert (await shop.view(order))["refunded"]["minor"] == 0
    await close_in_queue(ada, order)
    await shop.advance_clock(seconds=30)
    await shop.until(order, lambda view: view["refunded"]["minor"] == 6995)
    [paid] = await shop.timeline(order, "payment_settled")
    assert paid["payment"]["decided_by"]["name"] == "Ada", "and not the shop's rules"


async def test_many_at_once_are_judged_one_by_one(create_shop: CreateShop) -> None:
    shop = await create_shop(review_above={"GBP": 100}, **LIMITS)
    orders = [await shop.delivered() for _ in range(2)]
    assert (await shop.open(orders[0], item(quantity=2), item("2"))).status == 202
    assert (await shop.open(orders[1], item())).status == 202
    questions = {one["order"]: one["item"] for order in orders for one in await shop.attention_items(order)}
    body = {"action": "approve", "items": [questions[one] for one in orders], "reason": "the lamp fades"}
    tried = (await shop.call("POST", "/v1/attention/bulk", body, role="agent")).ok()
    assert [one["outcome"] for one in tried["items"]] == ["waits", "possible"]
    tom = await colleague(shop, "t@example.org", "agent", "Tom")
    form = {"action": "approve", "item": questions[orders[0]], "reason": "the lamp fades"}
    _, shown = await page_of(tom, f"/agents/queue/bulk?item={questions[orders[0]]}")
    csrf = re.findall('name="csrf" value="([^"]+)"', shown)[-1]
    assert "Would wait for a colleague" in (await page_of(tom, "/agents/queue/bulk", csrf=csrf, **form))[1]
    _, shown = await page_of(tom, "/agents/queue/bulk", csrf=csrf, do="1", **form)
    assert "Waits for a colleague" in shown
    done = (await shop.call("POST", "/v1/attention/bulk", {**body, "dry_run": False}, role="agent")).ok()
    assert [one["outcome"] for one in done["items"]] == ["waits", "done"]
    assert [(await shop.view(one))["returns"][0]["status"] for one in orders] == ["in_review", "authorized"]
    await approved(shop, done["items"][0]["reasons"][0]["details"]["approval"])
