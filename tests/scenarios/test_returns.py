"""What may be returned, what may not and why: every refusal has all its reasons and changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from tests.scenarios.helpers import ApiResponse, because, gbp, item
from tests.scenarios.paused_deployment import PausedDeployment
from tests.scenarios.shop import Shop

CreateShop = Callable[..., Awaitable[Shop]]
LINE_OF_ONE = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}


async def refused(shop: Shop, order: str, *items: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Reasons of the refusal, which the quote and the request give alike and which leave the order unchanged."""
    async with shop.nothing_changes(order):
        quote = (await shop.quote(order, *items)).ok()
        assert (quote["verdict"], quote["quote"], quote["token"]) == ("refused", None, None)
        answer = await shop.open(order, *items, **more)
    assert (answer.status, answer["code"]) == (422, "refused")
    assert answer["reasons"] == quote["reasons"]
    reasons: list[dict[str, Any]] = answer["reasons"]
    return reasons


def codes(reasons: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(reason["code"], reason["details"].get("line")) for reason in reasons]


async def settled(shop: Shop, order: str, *items: dict[str, Any]) -> ApiResponse:
    """A return with every step."""
    opened = (await shop.open(order, *items)).ok()
    (await shop.drop_off(opened)).ok()
    (await shop.receive(opened["return"]["return_id"])).ok()
    await shop.paid(order, opened["return"]["return_id"])
    return opened


@pytest.mark.scenario("S-30")
async def test_goods_that_are_still_under_way_cannot_be_returned(shop: Shop) -> None:
    order = await shop.place()
    assert codes(await refused(shop, order, item())) == [
        ("nothing_delivered", None),
        ("units_unavailable", "1"),
    ]
    await shop.scan(await shop.ship(order), "in_transit")
    await shop.until(order, lambda view: view["stage"] == "shipped")
    assert codes(await refused(shop, order, item())) == [
        ("nothing_delivered", None),
        ("units_unavailable", "1"),
    ]


@pytest.mark.scenario("S-30")
async def test_a_cancelled_order_takes_no_returns(shop: Shop) -> None:
    order = await shop.place()
    (await shop.call("POST", f"/v1/orders/{order}/cancel", key="c-1")).ok()
    await shop.until(order, lambda view: view["refunded"] == view["captured"])
    assert codes(await refused(shop, order, item())) == [
        ("order_cancelled", None),
        ("units_unavailable", "1"),
    ]


@pytest.mark.scenario("S-30")
async def test_a_return_of_nothing_is_refused(shop: Shop) -> None:
    order = await shop.delivered()
    assert codes(await refused(shop, order)) == [("no_items", None)]


@pytest.mark.scenario("S-31")
async def test_a_line_that_is_not_on_the_order_is_refused_even_if_another_order_has_it(shop: Shop) -> None:
    order = await shop.delivered()
    await shop.delivered(lines=[{**LINE_OF_ONE, "line_id": "of-another-order"}])
    reasons = await refused(shop, order, item("of-another-order"), item("1"), item("nowhere"))
    assert codes(reasons) == [("line_not_in_order", "of-another-order"), ("line_not_in_order", "nowhere")]


@pytest.mark.scenario("S-32")
async def test_a_return_of_more_than_was_delivered_is_refused_and_the_answer_names_what_is_left(
    shop: Shop,
) -> None:
    order = await shop.place()
    number = await shop.ship(order, lines=[{"line_id": "1", "quantity": 2}])
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "some")
    [reason] = await refused(shop, order, item("1", 3))
    assert reason == because("units_unavailable", {"line": "1", "requested": 3, "available": 2})
    assert (await shop.open(order, item("1", 2))).ok()["return"]["units"] == {"1": 2}


@pytest.mark.scenario("S-33")
async def test_units_on_an_open_return_count_as_gone(shop: Shop) -> None:
    order = await shop.delivered()
    (await shop.open(order, item("1", 2))).ok()
    [reason] = await refused(shop, order, item("1", 2))
    assert reason == because("units_unavailable", {"line": "1", "requested": 2, "available": 1})
    (await shop.open(order, item("1", 1))).ok()
    [reason] = await refused(shop, order, item("1", 1))
    assert reason["details"]["available"] == 0


@pytest.mark.scenario("S-34")
async def test_units_already_returned_and_paid_count_as_gone_one_return_after_the_other(shop: Shop) -> None:
    order, payment = await shop.bought()
    await settled(shop, order, item("1", 2))
    [reason] = await refused(shop, order, item("1", 2))
    assert reason == because("units_unavailable", {"line": "1", "requested": 2, "available": 1})
    await settled(shop, order, item("1", 1))
    [reason] = await refused(shop, order, item("1", 1))
    assert reason["details"]["available"] == 0
    refunds = await shop.refunds(payment)
    assert [refund["amount"] for refund in refunds] == [2400, 1200]


@pytest.mark.scenario("S-35")
async def test_the_same_line_twice_in_one_request_is_the_sum_of_both(shop: Shop) -> None:
    order = await shop.delivered()
    [reason] = await refused(shop, order, item("1", 2), item("1", 2))
    assert reason == because("units_unavailable", {"line": "1", "requested": 4, "available": 3})
    opened = (await shop.open(order, item("1", 2), item("1", 1))).ok()
    assert (opened["return"]["units"], opened["return"]["refund"]) == ({"1": 3}, gbp(3600))


@pytest.mark.scenario("S-36")
@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1", True, None, 1001])
async def test_a_quantity_that_is_no_positive_whole_number_is_a_problem(shop: Shop, quantity: Any) -> None:
    order = await shop.delivered()
    wrong = {**item(), "quantity": quantity}
    async with shop.nothing_changes(order):
        for answer in (await shop.quote(order, wrong), await shop.open(order, item("2"), wrong)):
            assert (answer.status, answer["code"]) == (400, "invalid_body")
            assert [error["pointer"].endswith("/quantity") for error in answer["errors"]] == [True]


@pytest.mark.scenario("S-38")
async def test_cancelling_a_return_frees_its_units_for_a_new_one(shop: Shop) -> None:
    order = await shop.delivered()
    opened = (await shop.open(order, item("1", 3))).ok()
    assert codes(await refused(shop, order, item("1"))) == [("units_unavailable", "1")]
    gone = await shop.call("POST", f"/v1/returns/{opened['return']['return_id']}/cancel")
    assert gone.ok()["return"]["status"] == "cancelled"
    assert gone["code"] is None
    dead = await shop.drop_off(opened)
    assert (dead.status, dead.reasons) == (422, ["code_revoked"])
    again = (await shop.open(order, item("1", 3))).ok()
    assert again["return"]["return_id"] != opened["return"]["return_id"]
    (await shop.drop_off(again)).ok()


@pytest.mark.scenario("S-39")
async def test_outside_the_window_a_customer_is_refused_and_an_agent_may_make_an_exception(
    shop: Shop,
) -> None:
    order = await shop.delivered()
    await shop.advance_clock(days=40)
    [reason] = await refused(shop, order, item())
    assert reason["code"] == "outside_window"
    async with shop.nothing_changes(order):
        for role in ("storefront", "agent"):
            without = await shop.open(order, item(), role=role)
            assert (without.status, without.reasons) == (422, ["outside_window"])
        smuggled = await shop.open(order, item(), reason="I would like to")
        assert (smuggled.status, smuggled["code"]) == (403, "forbidden")

    opened = (await shop.open(order, item(), role="agent", reason="was in hospital")).ok()
    assert opened.status == 201
    assert opened["return"]["waived"] == ["outside_window"]
    [case] = (await shop.view(order))["returns"]
    assert case["waived"] == ["outside_window"]
    [line] = await shop.timeline(order, "return_opened")
    assert (line["role"], line["text"]) == ("agent", "was in hospital")
    assert line["name"] == "agent"  # as the key is called that the merchant was created with
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, case["return_id"])


@pytest.mark.scenario("S-39")
async def test_an_agent_cannot_overrule_arithmetic(shop: Shop) -> None:
    order = await shop.delivered()
    async with shop.nothing_changes(order):
        answer = await shop.open(order, item("1", 4), item("9"), role="senior_agent", reason="for a friend")
    assert (answer.status, answer.reasons) == (422, ["units_unavailable", "line_not_in_order"])


@pytest.mark.scenario("S-40")
async def test_the_window_counts_from_the_delivery_of_that_parcel(shop: Shop) -> None:
    order = await shop.place()
    first = await shop.ship(order, lines=[{"line_id": "1", "quantity": 2}])
    second = await shop.ship(order)
    await shop.scan(first, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "some")
    [reason] = await refused(shop, order, item("2"))
    assert reason == because("units_unavailable", {"line": "2", "requested": 1, "available": 0})
    await shop.advance_clock(days=9)
    await shop.scan(second, "delivered")
    await shop.until(order, lambda view: view["delivered"] == "all")
    await shop.advance_clock(days=25)
    [reason] = await refused(shop, order, item("1", 3))
    assert (reason["code"], reason["details"]["line"]) == ("outside_window", "1")
    opened = (await shop.open(order, item("1", 1), item("2", 1))).ok()
    assert opened["return"]["units"] == {"1": 1, "2": 1}
    [reason] = await refused(shop, order, item("1", 1))
    assert reason["code"] == "outside_window"


@pytest.mark.scenario("S-40")
async def test_the_last_day_of_the_window_ends_at_midnight_at_the_destination(shop: Shop) -> None:
    order = await shop.delivered()
    # 30 days after the 2nd of March, summer time by then.
    end = datetime.fromisoformat("2026-04-01T23:00:00+00:00")
    await shop.set_clock(end.replace(hour=22, minute=59))
    (await shop.open(order, item("1", 1))).ok()
    await shop.set_clock(end)
    [reason] = await refused(shop, order, item("1", 1))
    assert reason["code"] == "outside_window"
    assert datetime.fromisoformat(reason["details"]["window_end"]) == end


@pytest.mark.scenario("S-42")
async def test_all_failing_rules_are_reported_together(shop: Shop) -> None:
    line = {"sku": "X", "title": "X", "quantity": 1, "unit_price": gbp(500)}
    order = await shop.delivered(
        lines=[
            {**line, "line_id": "sale", "final_sale": True},
            {**line, "line_id": "soap", "returnable": False},
            {**line, "line_id": "hat"},
        ]
    )
    await shop.advance_clock(days=40)
    reasons = await refused(
        shop, order, item("sale"), item("soap", 2), item("hat", 1, "bored_of_it"), item("ghost")
    )
    assert codes(reasons) == [
        ("final_sale", "sale"),
        ("outside_window", "sale"),
        ("not_returnable", "soap"),
        ("units_unavailable", "soap"),
        ("outside_window", "soap"),
        ("reason_unknown", "hat"),
        ("outside_window", "hat"),
        ("line_not_in_order", "ghost"),
    ]
    explained = (await shop.call("GET", f"/v1/orders/{order}/explain", role="agent")).ok()["returnable"]
    assert {one["line_id"]: [why["code"] for why in one["reasons"]] for one in explained} == {
        "sale": ["final_sale", "outside_window"],
        "soap": ["not_returnable", "outside_window"],
        "hat": ["outside_window"],
    }, "the refused quote left no trace; staff see why all the same"
    seen = (await shop.call("GET", f"/v1/orders/{order}/staff-page", role="agent")).ok()
    assert seen["returnable"] == explained


@pytest.mark.scenario("S-42")
async def test_a_resolution_that_the_shop_does_not_offer_is_refused(create_shop: CreateShop) -> None:
    shop = await create_shop(resolutions=["store_credit"])
    order = await shop.delivered()
    await shop.advance_clock(days=15)  # within 14 days the law offers the original payments
    async with shop.nothing_changes(order):
        answer = await shop.open(order, item())
    assert (answer.status, answer.reasons) == (422, ["resolution_not_offered"])
    (await shop.open(order, item(), resolution="store_credit")).ok()


@pytest.mark.scenario("S-98")
async def test_the_same_request_twice_is_one_return_and_another_body_under_its_key_is_refused(
    shop: Shop,
) -> None:
    order = await shop.delivered()
    first = (await shop.open(order, item("1", 2), key="k-1")).ok()
    seq = (await shop.view(order))["seq"]
    again = (await shop.open(order, item("1", 2), key="k-1")).ok()
    assert (again.status, again.body) == (201, first.body)
    other = await shop.open(order, item("1", 1), key="k-1")
    assert (other.status, other["code"]) == (422, "idempotency_key_reused")
    assert (await shop.view(order))["seq"] == seq
    keyless = await shop.call(
        "POST", f"/v1/orders/{order}/returns", {"items": [item()], "resolution": "refund"}
    )
    assert (keyless.status, keyless["code"]) == (400, "idempotency_key_missing")


@pytest.mark.scenario("S-98")
async def test_a_repeated_opening_is_not_refused_for_the_units_that_its_first_request_took(
    paused_deployment: PausedDeployment, http: aiohttp.ClientSession
) -> None:
    """The first request got no answer; it is committed while the second is validated, between its look-up and its quote."""
    shop = await Shop.create(paused_deployment, http)
    order = await shop.delivered()

    paused_deployment.pause_at("commit.before")
    unanswered = asyncio.create_task(shop.open(order, item("1", 3), key="k-1"))
    await paused_deployment.until_paused("commit.before")
    assert (await unanswered).status == 503

    paused_deployment.pause_at("return.validating")
    repeated = asyncio.create_task(shop.open(order, item("1", 3), key="k-1"))
    await paused_deployment.until_paused("return.validating")
    paused_deployment.resume("commit.before")
    async with asyncio.timeout(30):
        while not paused_deployment.rows("SELECT 1 FROM returns WHERE merchant = ?", shop.name):
            await asyncio.sleep(0.05)
    paused_deployment.resume("return.validating")

    answer = await repeated
    assert (answer.status, answer.reasons) == (201, [])
    assert [case["units"] for case in (await shop.view(order))["returns"]] == [{"1": 3}]
