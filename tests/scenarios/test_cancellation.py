"""Cancelling an order: whole and once, and only while no carrier has it."""

import asyncio

import pytest

from tests.scenarios.helpers import because, gbp
from tests.scenarios.problem_assertions import problem, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def test_an_order_cancelled_before_it_ships_is_refunded_whole_and_once(shop: Shop) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.ship(order)  # a label alone is no hand-over
    path = f"/v1/orders/{order}/cancel"
    answer = (await shop.call("POST", path, key="k1")).ok()
    assert answer["stage"] == "cancelled"
    view = await shop.until(order, lambda view: view["refunded"] == view["captured"])
    assert view["refunded"] == gbp(6995)  # 65.00 of goods and 4.95 of shipping
    replayed = await shop.call("POST", path, key="k1")
    assert (replayed.status, replayed.body) == (200, answer.body)
    async with unchanged(shop, order):
        again = await shop.call("POST", path, key="k2")
        problem(again, 422, "refused")
        assert again.reasons == ["order_cancelled"]
    await shop.advance_clock(days=60)
    assert [refund["amount"] for refund in await shop.refunds(body["tenders"][0]["payment"])] == [6995]
    kinds = [(notice["kind"], notice["status"]) for notice in await shop.notices(order)]
    assert sorted(kinds) == [("order_cancelled", "sent"), ("refunded", "sent")]


async def test_of_many_who_cancel_at_once_one_does_and_the_money_goes_back_once(shop: Shop) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    path = f"/v1/orders/{order}/cancel"
    answers = await asyncio.gather(*(shop.call("POST", path, key=f"k{n}") for n in range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 5
    assert [answer.reasons for answer in answers if answer.status == 422] == [["order_cancelled"]] * 5
    await shop.until(order, lambda view: view["refunded"] == view["captured"])
    assert [refund["amount"] for refund in await shop.refunds(body["tenders"][0]["payment"])] == [6995]


@pytest.mark.parametrize("status", ["picked_up", "in_transit", "attempt_failed", "delivered"])
async def test_an_order_that_a_carrier_has_is_not_cancelled(status: str, shop: Shop) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order, lines=[{"line_id": "2", "quantity": 1}])
    await shop.scan(number, status)
    await shop.until(order, lambda view: view["parcels"][0]["status"] == status)
    await shop.until(order, lambda view: all(one["sent_at"] for one in view["delay_notices"]))
    async with unchanged(shop, order):
        answer = await shop.call("POST", f"/v1/orders/{order}/cancel", key="k")
        assert problem(answer, 422, "refused")["reasons"] == [because("order_shipped", {"parcel": "p1"})]
    assert await shop.refunds(body["tenders"][0]["payment"]) == []
