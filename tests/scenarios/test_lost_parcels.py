"""Parcels that come late, are lost, or are delivered by the scans and not in fact: over HTTP, on the sandbox clock."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.problem_assertions import problem, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")  # the end of the promised day in London
CreateShop = Callable[..., Awaitable[Shop]]


async def not_received(shop: Shop, order: str, key: str, **body: str) -> ApiResponse:
    return await shop.call("POST", f"/v1/orders/{order}/not-received", body, key=key)


async def choose(shop: Shop, order: str, choice: str, key: str = "choice") -> ApiResponse:
    return await shop.call("POST", f"/v1/orders/{order}/parcels/p1/choice", {"choice": choice}, key=key)


async def kinds(shop: Shop, order: str) -> list[str]:
    return [notice["kind"] for notice in await shop.notices(order)]


async def test_a_delivered_parcel_that_is_not_there_is_traced_and_refunded_once(shop: Shop) -> None:
    order, number = await shipped(shop)
    early = await not_received(shop, order, "early")
    assert problem(early, 422, "refused")["reasons"][0]["code"] == "parcel_under_way"
    await shop.advance_clock(days=1)
    await shop.scan(number, "delivered")
    await parcel_after_scans(shop, order, 1)
    view = (await not_received(shop, order, "k1")).ok()
    [question] = view["attention"]
    assert (question["kind"], question["owner"], question["default"]) == ("not_received", "agent", "refund")
    assert view["next_updates"][0]["due"] == question["deadline"], "the notice named the deadline"
    again = (await not_received(shop, order, "k1")).ok()
    assert again["seq"] == view["seq"]
    async with unchanged(shop, order):
        assert (
            problem(await not_received(shop, order, "k2"), 422, "refused")["reasons"][0]["code"]
            == "trace_open"
        )
        unkeyed = await shop.call("POST", f"/v1/orders/{order}/not-received", {})
        problem(unkeyed, 400, "idempotency_key_missing")
    await shop.advance_clock(days=5)
    view = await shop.until(order, lambda view: view["refunded"]["minor"] == 6995)
    await shop.advance_clock(hours=1)
    assert await kinds(shop, order) == ["trace_opened", "trace_closed", "refunded"]
    assert view["next_updates"][0]["fulfilled_at"] is not None


async def test_a_lost_parcel_is_sent_again_when_its_customer_wants_it(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.scan(number, "in_transit")
    await parcel_after_scans(shop, order, 1)
    await shop.set_clock(DUE + timedelta(days=10))
    assert [one["kind"] for one in (await shop.view(order))["attention"]] == ["presumed_lost"]
    assert "presumed_lost" in await kinds(shop, order)
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links", {}, role="agent")).ok()["token"]
    path = f"/v1/orders/{order}/parcels/p1/choice"
    (await shop.call("POST", path, {"choice": "resend"}, key="mine", token=link)).ok()
    view = await shop.view(order)
    assert [one["kind"] for one in view["attention"]] == ["resend", "carrier_claim"]
    assert (await choose(shop, order, "refund", "other")).status == 422
    second = await shop.ship(order)
    await shop.scan(second, "delivered")
    view = await shop.until(order, lambda view: view["delivered"] == "all")
    assert [one["kind"] for one in view["attention"]] == ["carrier_claim"]
    assert view["refunded"]["minor"] == 0


async def test_a_late_delivery_is_compensated_once_and_the_credit_is_visible(create_shop: CreateShop) -> None:
    late = {"tiers": [{"days": 1, "shipping": 10_000}, {"days": 3, "goods": 1000}], "cap": {"GBP": 600}}
    shop = await create_shop(goodwill=late)
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order)
    await shop.set_clock(DUE + timedelta(days=3))
    await shop.scan(number, "delivered")
    await parcel_after_scans(shop, order, 1)
    await shop.advance_clock(hours=9)  # no message is sent at night
    customer = body["customer"]["customer_id"]
    credit = (await shop.call("GET", f"/v1/customers/{customer}/credit")).ok()
    assert credit["items"][0]["balance"] == {"minor": 600, "currency": "GBP"}, (
        "a tenth of 65.00, at most 6.00"
    )
    [notice] = await shop.notices(order, "goodwill_issued")
    assert (notice["status"], notice["details"]["lateness_days"]) == ("sent", 4)
    view = await shop.view(order)
    assert [
        (settlement["purpose"], settlement["legs"][0]["status"]) for settlement in view["settlements"]
    ] == [("goodwill", "settled")]
    assert view["refunded"]["minor"] == 0, "principal is not touched"


@pytest.mark.scenario("S-5", "S-6")
async def test_an_american_customer_is_asked_for_consent_and_refunded_after_the_second_silence(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(delay_option={"extension": 14})
    home = {"country": "US", "zone": "America/New_York", "postcode": "10001"}
    order = await shop.place(destination=home)
    await shop.advance_clock(days=6)
    view = await shop.view(order)
    assert [consent["default_answer"] for consent in view["consents"]] == ["wait"]
    assert view["delay_notices"] == []
    await shop.advance_clock(days=16)
    view = await shop.until(order, lambda view: view["refunded"] == view["captured"])
    assert [(consent["default_answer"], consent["answer"]) for consent in view["consents"]] == [
        ("wait", "wait"),
        ("cancel", "cancel"),
    ]
    assert await kinds(shop, order) == ["delay_option", "delay_option", "order_cancelled", "refunded"]


async def estimated(shop: Shop, order: str, number: str, at: datetime) -> None:
    await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "estimate": {"at": at.isoformat()}})
    reported = at.isoformat().replace("+00:00", "Z")
    await shop.until(order, lambda view: (view["parcels"][0]["estimate"] or {}).get("at") == reported)


async def test_forty_five_days_of_delay_with_every_timer_though_the_worker_dies_twice(
    crashing_deployment: CrashingDeployment, http: Any
) -> None:  # DLY-2
    shop = await Shop.create(crashing_deployment, http)
    order, number = await shipped(shop)
    await shop.advance_clock(days=3)  # no scan for three days
    crashing_deployment.kill_worker_at("commit.persisted")
    await estimated(shop, order, number, DUE + timedelta(days=2, hours=15))
    await shop.advance_clock(days=2)
    await estimated(shop, order, number, DUE + timedelta(days=9, hours=15))
    await shop.advance_clock(days=8)
    await shop.scan(number, "available_for_pickup")
    await parcel_after_scans(shop, order, 1)
    crashing_deployment.kill_worker_at("commit.persisted")
    await shop.advance_clock(days=5)  # two days before it goes back
    await shop.advance_clock(days=6)  # ten days after the last scan
    await shop.advance_clock(days=3)
    await shop.until(order, lambda view: view["refunded"]["minor"] == 6995)
    await shop.advance_clock(days=18)
    await shop.scan(number, "delivered")
    await parcel_after_scans(shop, order, 2)
    await shop.advance_clock(hours=1)
    notices = await shop.notices(order)
    assert all(notice["status"] == "sent" for notice in notices)
    reasons = [notice["details"].get("reason", notice["kind"]) for notice in notices]
    assert [reason for reason in reasons if reason != "follow_up"] == [
        "no_first_scan", "estimate_after_promise", "estimate_after_promise", "pickup_reminder", "presumed_lost",
        "parcel_lost", "refunded", "parcel_found",
    ]  # fmt: skip
    assert crashing_deployment.fired("commit.persisted")
    assert len({notice["key"] for notice in notices}) == len(notices)
