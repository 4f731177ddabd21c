"""One effect per Idempotency-Key, and an answer also from a journey that rests."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from tests.scenarios.carrier_events import until_processed
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.problem_assertions import problem, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

WISH: dict[str, Any] = {"items": [item()], "resolution": "refund"}


async def _open(shop: Shop, order: str, key: str | None, body: Any = WISH, **more: Any) -> ApiResponse:
    return await shop.call("POST", f"/v1/orders/{order}/returns", body, key=key, **more)


async def test_opening_a_return_or_cancelling_needs_a_key(shop: Shop) -> None:
    order = await shop.delivered()
    async with unchanged(shop, order):
        problem(await _open(shop, order, None), 400, "idempotency_key_missing")
        problem(await shop.call("POST", f"/v1/orders/{order}/cancel"), 400, "idempotency_key_missing")
        for key in ("", "é", "x" * 256):
            problem(await _open(shop, order, key), 400, "idempotency_key_invalid")


@pytest.mark.scenario("S-98")
async def test_a_key_used_for_another_request_is_refused(shop: Shop) -> None:
    order, other = await shop.delivered(), await shop.delivered()
    first = (await _open(shop, order, "k")).ok()
    ours = (await shop.view(order))["order"]
    async with unchanged(shop, order, other):
        two = {**WISH, "items": [item(quantity=2)]}
        problem(await _open(shop, order, "k", two), 422, "idempotency_key_reused")
        assert (await _open(shop, order, "k")).body == first.body
        assert (await _open(shop, order, "k", role="agent")).body == first.body  # a key is its merchant's
        assert (await _open(shop, ours, "k")).body == first.body  # the order by our id
    elsewhere = (await _open(shop, other, "k")).ok()  # a key is its object's
    assert elsewhere["return"]["return_id"] != first["return"]["return_id"]


@pytest.mark.scenario("S-98")
async def test_a_customer_reads_no_answer_about_another_order_under_a_guessed_key(shop: Shop) -> None:
    order, other = await shop.delivered(), await shop.delivered()
    first = (await _open(shop, order, "k")).ok()
    links = [
        (await shop.call("POST", f"/v1/orders/{one}/customer-links")).ok()["token"] for one in (order, other)
    ]
    own, foreign = [await _open(shop, order, "k", token=token) for token in links]
    assert own.ok()["return"]["return_id"] == first["return"]["return_id"]
    problem(foreign, 404, "not_found")
    two = {**WISH, "items": [item(quantity=2)]}
    problem(await _open(shop, order, "k", two, token=links[0]), 422, "idempotency_key_reused")
    assert len((await shop.view(order))["returns"]) == 1


@pytest.mark.scenario("S-98")
async def test_equal_requests_at_once_are_one_return_with_one_answer(shop: Shop) -> None:
    order = await shop.delivered()
    answers = await asyncio.gather(*(_open(shop, order, "k") for _ in range(10)))
    assert [answer.status for answer in answers] == [201] * 10
    assert all(answer.body == answers[0].body for answer in answers)
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert sorted(replayed, key=str) == [None] + ["true"] * 9
    view = await shop.view(order)
    assert [case["units"] for case in view["returns"]] == [{"1": 1}]
    assert [notice["kind"] for notice in await shop.notices(order)] == ["return_authorized"]


@pytest.mark.scenario("S-98")
async def test_a_repeated_command_gets_its_answer_long_after_the_order_has_closed(shop: Shop) -> None:
    order = await shop.delivered()
    first = (await _open(shop, order, "k")).ok()
    await shop.drop_off(first)
    await shop.paid(order, first["return"]["return_id"])
    await shop.advance_clock(days=60)
    assert (await shop.view(order))["stage"] == "closed"
    async with unchanged(shop, order):
        again = await _open(shop, order, "k")
        assert (again.status, again.body) == (201, first.body)
        assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.scenario("S-98")
async def test_a_refusal_is_given_again_and_a_missing_order_is_not(shop: Shop) -> None:
    order = await shop.place()
    refused = await _open(shop, order, "k")
    problem(refused, 422, "refused")
    number = await shop.ship(order)
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "all")
    again = await _open(shop, order, "k")
    assert (again.status, again.body) == (422, refused.body)
    assert (await _open(shop, order, "k2")).status == 201
    body = await shop.order_body("#later")
    problem(await _open(shop, "%23later", "k3"), 404, "not_found")
    (await shop.call("POST", "/v1/orders", body)).ok()
    problem(await _open(shop, "%23later", "k3"), 422, "refused")


@pytest.mark.scenario("S-95")
async def test_a_journey_at_rest_answers_commands_and_external_events(shop: Shop) -> None:
    order = await shop.delivered()
    await shop.advance_clock(days=31)
    closed = await shop.view(order)
    assert (closed["stage"], closed["next"]) == ("closed", None)
    async with unchanged(shop, order):
        late = await _open(shop, order, "k1")
        problem(late, 422, "refused")
        assert late.reasons == ["outside_window"]
        gone = await shop.call("POST", f"/v1/orders/{order}/cancel", key="k2")
        problem(gone, 422, "refused")
        assert gone.reasons == ["order_shipped"]
    [parcel] = closed["parcels"]
    known = datetime.fromisoformat(parcel["delivered_at"])
    await shop.scan(parcel["tracking_number"], "delivered", known)  # again, and no news
    assert await until_processed(shop, 2) == [("done", "")] * 2
    live = await shop.view(order, live=True)
    assert live == {**closed, "as_of": live["as_of"]}
    note = {"override": "note", "reason": "a customer called", "expected_seq": closed["seq"]}
    path = f"/v1/orders/{order}/overrides"
    assert (await shop.call("POST", path, note, role="agent")).ok()["seq"] == closed["seq"] + 1
    stale = await shop.call("POST", path, note, role="agent")
    assert problem(stale, 409, "version_conflict")["current"]["seq"] == closed["seq"] + 1
    opened = (await _open(shop, order, "k3", {**WISH, "reason": "a good customer"}, role="agent")).ok()
    await shop.drop_off(opened)
    paid = await shop.paid(order, opened["return"]["return_id"])
    assert paid["status"] == "settled"


@pytest.mark.scenario("S-95")
async def test_many_wake_a_resting_journey_at_once_and_all_are_answered(shop: Shop) -> None:
    order = await shop.delivered()
    await shop.advance_clock(days=31)
    overruled = {**WISH, "reason": "a good customer"}
    answers = await asyncio.gather(*(_open(shop, order, f"k{n}", overruled, role="agent") for n in range(6)))
    refused = [answer.reasons for answer in answers if answer.status == 422]
    assert refused == [["units_unavailable"]] * 3  # there are three mugs
    assert sorted(answer.status for answer in answers) == [201] * 3 + [422] * 3
    units = [case["units"] for case in (await shop.view(order))["returns"]]
    assert units == [{"1": 1}] * 3
