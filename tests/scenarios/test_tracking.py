"""A parcel's status: by the carrier's own times, with late, duplicate and meaningless scans."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.scenarios.carrier_events import (
    easypost_event,
    order_in_parcels,
    parcel_after_scans,
    post_easypost,
    shipped,
    until_processed,
)
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

RECORDED = Path(__file__).parents[1] / "adapters" / "payloads" / "easypost"


@pytest.mark.scenario("S-10")
async def test_a_parcel_is_delivered_when_the_carrier_scanned_it_not_when_we_received_it(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.advance_clock(days=2)
    at = START + timedelta(days=1, hours=3)
    await shop.scan(number, "delivered", at)
    parcel = await parcel_after_scans(shop, order, 1)
    assert parcel["status"] == "delivered"
    assert datetime.fromisoformat(parcel["delivered_at"]) == at
    quote = (await shop.quote(order, item())).ok()
    assert quote["verdict"] == "accepted"
    # the window counts from the scan's day, the 3rd: 30 days to the end of 2 April in London
    closes = datetime.fromisoformat((await shop.view(order))["next"]["at"])
    assert closes == datetime.fromisoformat("2026-04-03T00:00:00+01:00")


@pytest.mark.scenario("S-11")
@pytest.mark.parametrize("hours", [-2, 5])
async def test_a_second_delivery_report_changes_nothing_when_it_is_later(hours: int, shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.advance_clock(days=1)
    at = await shop.now()
    await shop.scan(number, "delivered", at)
    await parcel_after_scans(shop, order, 1)
    await shop.advance_clock(hours=6)
    await shop.scan(number, "delivered", at + timedelta(hours=hours))
    parcel = await parcel_after_scans(shop, order, 2)
    assert parcel["status"] == "delivered"
    assert datetime.fromisoformat(parcel["delivered_at"]) == at + timedelta(hours=min(hours, 0))
    view = await shop.view(order)
    assert (view["stage"], view["delivered"]) == ("delivered", "all")


@pytest.mark.scenario("S-12")
async def test_an_older_scan_that_comes_late_joins_the_history_and_moves_nothing_back(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.advance_clock(days=2)
    at = await shop.now()
    for status, hours, expected in (
        ("out_for_delivery", -5, "out_for_delivery"),
        ("in_transit", -20, "out_for_delivery"),
        ("delivered", -1, "delivered"),
        ("attempt_failed", -3, "delivered"),
        ("in_transit", 0, "delivered"),  # the origin's hub reports after the delivery
    ):
        before = (await shop.view(order))["parcels"][0]
        await shop.scan(number, status, at + timedelta(hours=hours))
        parcel = await parcel_after_scans(shop, order, before["scans"] + 1)
        assert parcel["status"] == expected
        if before["status"] == expected:
            assert parcel == {**before, "scans": before["scans"] + 1}


@pytest.mark.scenario("S-14")
async def test_a_delivery_of_a_cancelled_order_pays_nothing_more_and_raises_one_question(
    shop: Shop,
) -> None:
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order)
    (await shop.call("POST", f"/v1/orders/{order}/cancel", key="k")).ok()
    await shop.until(order, lambda view: view["refunded"] == view["captured"])
    await shop.scan(number, "delivered")
    await until_processed(shop, 1)
    view = await shop.until(order, lambda view: view["parcels"][0]["scans"] == 1)
    assert (view["stage"], view["refunded"]) == ("cancelled", gbp(6995))
    [question] = view["attention"]
    raised = (question["kind"], question["subject"], question["owner"], question["default"])
    assert raised == ("shipped_after_cancel", "p1", "merchant", "dismiss")
    quote = (await shop.quote(order, item())).ok()
    assert (quote["verdict"], quote.reasons) == ("refused", ["order_cancelled", "units_unavailable"])
    await shop.advance_clock(days=60)
    assert await shop.attention_items(order) == []
    assert [refund["amount"] for refund in await shop.refunds(body["tenders"][0]["payment"])] == [6995]
    kinds = sorted(notice["kind"] for notice in await shop.notices(order))
    assert kinds == ["order_cancelled", "refunded"]


@pytest.mark.scenario("S-14")
async def test_a_delivery_under_a_voided_label_is_ignored(shop: Shop) -> None:
    order, number = await shipped(shop)
    now = await shop.now()
    await shop.scan(number, "cancelled", now)
    await parcel_after_scans(shop, order, 1)
    await shop.scan(number, "delivered", now + timedelta(hours=1))
    parcel = await parcel_after_scans(shop, order, 2)
    assert (parcel["status"], parcel["delivered_at"]) == ("cancelled", None)
    view = await shop.view(order)
    assert (view["stage"], view["delivered"]) != ("delivered", "all")
    assert view["delivered"] == "none"
    await shop.ship(order)  # its units are free to ship under a new label
    assert [one["units"] for one in (await shop.view(order))["parcels"]] == [{"1": 3, "2": 1}] * 2


@pytest.mark.scenario("S-15")
async def test_a_message_with_only_a_scan_keeps_the_estimate(shop: Shop) -> None:
    order, number = await shipped(shop)
    now = await shop.now()
    await shop.scan(number, "in_transit", now, estimate={"day": "2026-03-06"})
    estimate = (await parcel_after_scans(shop, order, 1))["estimate"]
    assert estimate["day"] == "2026-03-06"
    await shop.scan(number, "in_transit", now + timedelta(hours=2), scan={"location": "Leipzig"})
    assert (await parcel_after_scans(shop, order, 2))["estimate"] == estimate
    body = easypost_event(number, (now + timedelta(hours=3), "out_for_delivery", ""), est_delivery_date=None)
    await post_easypost(shop, body)
    assert (await parcel_after_scans(shop, order, 3))["estimate"] == estimate


# Whole lifecycles


async def test_a_recorded_webhook_of_easypost_moves_its_parcel(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    body = (RECORDED / "webhook_tracker_updated.json").read_bytes()
    shop = await Shop.create(deployment, http, clock=datetime.fromisoformat("2024-07-31T08:00:00+00:00"))
    order = await shop.place(placed_at="2024-07-31T08:00:00Z", promise={"day": "2024-08-05"})
    await shop.ship(order, "1", carrier="FedEx")
    await shop.set_clock(datetime.fromisoformat("2024-08-02T19:26:52+00:00"))
    assert (await post_easypost(shop, body)).status == 202
    parcel = await parcel_after_scans(shop, order, 7)
    assert parcel["status"] == "in_transit"
    assert datetime.fromisoformat(parcel["since"]) == datetime.fromisoformat("2024-08-02T18:50:00+00:00")
    assert (parcel["estimate"]["day"], parcel["estimate"]["at"]) == ("2024-08-05", None)
    view = await shop.view(order)
    assert (view["stage"], view["delay_notices"]) == ("shipped", [])


_LIFE = (
    ("pre_transit", 0), ("picked_up", 3), ("in_transit", 5), ("in_transit", 20), ("exception", 22), ("in_transit", 24),
    ("unknown", 24), ("out_for_delivery", 30), ("attempt_failed", 33), ("out_for_delivery", 50), ("delivered", 52),
    ("in_transit", 52), ("delivered", 54),
)  # fmt: skip


@pytest.mark.scenario("S-101")
async def test_duplicated_scans_in_any_order_end_like_the_sorted_ones(shop: Shop) -> None:
    order = await order_in_parcels(shop, ["SORTED", "MIXED-1", "MIXED-2", "MIXED-3"])
    await shop.advance_clock(days=3)
    messages = [
        {
            "timestamp": (START + timedelta(hours=hours + 1)).isoformat(),
            "scan": {"at": (START + timedelta(hours=hours)).isoformat(), "status": status, "code": f"{n}"},
            "estimate": {"day": f"2026-03-0{4 + n % 3}"},
        }
        for n, (status, hours) in enumerate(_LIFE)
    ]
    for message in messages:
        await _report(shop, "SORTED", message)
    for seed in (1, 2, 3):
        mixed = messages * 2
        random.Random(seed).shuffle(mixed)
        for message in mixed:
            await _report(shop, f"MIXED-{seed}", message)
    await until_processed(shop, 7 * len(_LIFE))
    await shop.set_clock(await shop.now())
    view = await shop.until(
        order, lambda view: all(parcel["scans"] == len(_LIFE) for parcel in view["parcels"])
    )
    own = {"parcel", "tracking_number"}
    for one in view["parcels"]:  # notices on the way depend on the scans received by then
        one["eta"]["revisions"] = [
            revision for revision in one["eta"]["revisions"] if revision["kind"] != "notified"
        ]
    [expected, *others] = [{k: v for k, v in parcel.items() if k not in own} for parcel in view["parcels"]]
    assert others == [expected] * 3
    assert expected["status"] == "delivered"
    assert datetime.fromisoformat(expected["delivered_at"]) == START + timedelta(hours=52)
    assert expected["estimate"]["day"] == "2026-03-04"  # the last delivered one, n = 12
    assert view["delivered"] == "all"


async def _report(shop: Shop, number: str, message: dict[str, Any]) -> None:
    parcel = {
        "carrier": "UPS",
        "tracking_number": number,
        "scans": [message["scan"]],
        "estimate": message["estimate"],
    }
    document = {"type": "tracking.updated", "timestamp": message["timestamp"], "data": {"parcels": [parcel]}}
    body = json.dumps(document).encode()
    assert (await shop.post_carrier_webhook("generic", body, shop.standard_signature(body))).status == 202


async def test_a_scripted_parcel_is_played_step_by_step_to_its_end(shop: Shop) -> None:
    order = await shop.place()
    path, body = f"/v1/orders/{order}/sandbox-scans", {"script": "on_time"}
    played = [(await shop.call("POST", path, body, role="agent")).ok().body for _ in range(6)]
    assert [step["status"] for step in played] == [
        *("pre_transit", "picked_up", "in_transit", "out_for_delivery", "delivered"),
        None,
    ]
    assert [step["left"] for step in played] == [4, 3, 2, 1, 0, 0]
    [parcel] = (await shop.view(order))["parcels"]
    assert (parcel["tracking_number"], parcel["status"]) == (played[0]["tracking_number"], "delivered")
    assert datetime.fromisoformat(parcel["delivered_at"]) == datetime.fromisoformat(played[4]["now"])
    other = await shop.call("POST", path, {"script": "late"}, role="agent")
    assert other.reasons == ["units_already_shipped"]
