"""A customer must answer whether they wait: the timer, both answers, silence, and events that make the question obsolete."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.helpers import ApiResponse, gbp
from tests.scenarios.problem_assertions import problem, unchanged
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

LATER = {"day": "2026-03-20"}


async def request_consent(
    shop: Shop, order: str, *, days: float = 2, default_answer: str = "cancel", **more: Any
) -> ApiResponse:
    """Ask the customer to wait until LATER, with so many days to answer."""
    deadline = (await shop.now() + timedelta(days=days)).isoformat()
    body = {"promise": LATER, "deadline": deadline, "default_answer": default_answer, **more}
    return await shop.call("POST", f"/v1/orders/{order}/consents", body)


async def respond(shop: Shop, order: str, reply: str, key: str = "k1", **who: Any) -> ApiResponse:
    path = f"/v1/orders/{order}/consents/c1/answer"
    return await shop.call("POST", path, {"answer": reply}, key=key, **who)


@pytest.mark.scenario("S-5")
async def test_a_customer_who_does_not_answer_in_time_has_the_order_cancelled_and_all_paid_back(
    shop: Shop,
) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    requested = (await request_consent(shop, order)).ok()
    assert requested["next"]["owner"] == "customer"
    [asked] = await shop.notices(order, "consent_requested")
    assert asked["status"] in {"queued", "sent"}, "it leaves at once"
    await shop.advance_clock(days=1.9)
    assert (await shop.view(order))["stage"] == "placed"
    await shop.advance_clock(days=0.2)
    view = await shop.until(order, lambda view: view["refunded"] == view["captured"])
    assert (view["stage"], view["attention"], view["next"]) == ("cancelled", [], None)
    assert view["consents"][0]["answer"] == "cancel"
    assert [one["role"] for one in await shop.timeline(order, "consent_answered")] == ["system"]
    assert [refund["amount"] for refund in await shop.refunds(body["tenders"][0]["payment"])] == [6995]
    async with unchanged(shop, order):
        late = await respond(shop, order, "wait")
        assert problem(late, 422, "refused")["reasons"][0]["code"] == "consent_closed"


@pytest.mark.scenario("S-5")
async def test_silence_may_also_mean_that_the_customer_waits(shop: Shop) -> None:
    order = await shop.place()
    first = (await shop.view(order))["due"]
    (await request_consent(shop, order, default_answer="wait")).ok()
    await shop.advance_clock(days=2.5)
    view = await shop.view(order)
    assert (view["stage"], view["consents"][0]["answer"]) == ("placed", "wait")
    assert view["due"] > first
    assert view["due"].startswith("2026-03-21T00:00:00")


@pytest.mark.scenario("S-6")
async def test_a_customer_who_waits_stops_the_timer_and_has_a_new_promise(shop: Shop) -> None:
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    link = await shop.call("POST", f"/v1/orders/{order}/customer-links", {}, role="agent")
    answer = (await respond(shop, order, "wait", token=link.ok()["token"])).ok()
    assert answer["due"].startswith("2026-03-21T00:00:00")
    assert answer["questions"] == []
    await shop.advance_clock(days=4)
    view = await shop.view(order)
    # The old promise is broken, and no longer counts.
    assert (view["stage"], view["delay_notices"]) == ("placed", [])
    assert (await shop.timeline(order, "consent_answered"))[0]["role"] == "customer"
    number = await shop.ship(order)
    await shop.scan(number, "delivered")
    view = await shop.until(order, lambda view: view["stage"] == "delivered")
    assert view["parcels"][0]["due"] == answer["due"]


@pytest.mark.scenario("S-6")
async def test_a_customer_may_cancel_in_time_and_is_paid_back_once(shop: Shop) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    (await request_consent(shop, order, default_answer="wait")).ok()
    answers = await asyncio.gather(*(respond(shop, order, "cancel", key=f"k{n}") for n in range(5)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 4
    await shop.until(order, lambda view: view["refunded"] == view["captured"])
    await shop.advance_clock(days=30)
    assert [refund["amount"] for refund in await shop.refunds(body["tenders"][0]["payment"])] == [6995]
    assert (await shop.view(order))["stage"] == "cancelled"


@pytest.mark.scenario("S-6")
async def test_an_invalid_answer_is_refused_and_the_question_stays_open(shop: Shop) -> None:
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    async with unchanged(shop, order):
        problem(await respond(shop, order, "perhaps"), 400, "invalid_body")
        unknown = await shop.call(
            "POST", f"/v1/orders/{order}/consents/c7/answer", {"answer": "wait"}, key="k7"
        )
        assert problem(unknown, 422, "refused")["reasons"][0]["code"] == "consent_unknown"
        again = await request_consent(shop, order)
        assert problem(again, 422, "refused")["reasons"][0]["code"] == "consent_open"
    (await respond(shop, order, "wait")).ok()


@pytest.mark.scenario("S-6")
async def test_a_consent_that_cannot_be_requested_is_refused_with_every_reason(shop: Shop) -> None:
    order = await shop.place()
    async with unchanged(shop, order):
        wrong = await request_consent(shop, order, promise={"day": "2026-03-01"}, deadline=START.isoformat())
        codes = [reason["code"] for reason in problem(wrong, 422, "refused")["reasons"]]
        assert codes == ["date_not_later", "deadline_passed"]
    await shop.ship(order)
    async with unchanged(shop, order):
        nothing = await request_consent(shop, order)
        assert problem(nothing, 422, "refused")["reasons"][0]["code"] == "nothing_to_wait_for"


@pytest.mark.scenario("S-5")
async def test_a_question_is_over_when_all_has_shipped_and_a_shipped_part_is_not_cancelled(
    shop: Shop,
) -> None:
    shipped = await shop.place()
    (await request_consent(shop, shipped)).ok()
    await shop.ship(shipped)
    assert (await shop.view(shipped))["attention"] == []
    body = await shop.order_body()
    partly = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    (await request_consent(shop, partly)).ok()
    number = await shop.ship(partly, lines=[{"line_id": "2", "quantity": 1}])
    await shop.scan(number, "in_transit")
    await shop.until(partly, lambda view: view["stage"] == "shipped")
    await shop.advance_clock(days=3)
    assert (await shop.view(shipped))["stage"] != "cancelled"
    view = await shop.until(partly, lambda view: view["refunded"] == gbp(3600))
    assert view["stage"] == "shipped"
    kinds = {notice["kind"] for notice in await shop.notices(partly)}
    assert "rest_cancelled" in kinds
    assert "order_cancelled" not in kinds
