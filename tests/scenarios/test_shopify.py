"""A shop on Shopify: its webhooks start journeys and feed them, once each, whoever else sends the same."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.scenarios.shopify import ShopifyShop, a_fulfillment, a_refund, an_order, later, new_id
from tests.scenarios.words import gbp, item

REAL = Path(__file__).parents[1] / "adapters" / "payloads" / "shopify"


def real(name: str) -> Any:
    """A recorded body. Shopify's API wraps in a name what its webhooks send bare."""
    return json.loads((REAL / f"{name}.json").read_text())[name]


# Starting


async def test_a_paid_order_starts_a_journey_once_whichever_webhook_brings_it(there: ShopifyShop) -> None:
    # API-4
    order = an_order()
    await there.send("orders/create", order)
    await there.send("orders/updated", later(order, note="please ring twice"))
    await there.send("orders/paid", order)
    assert await there.until_processed() == [
        ("orders/create", "done", ""),
        ("orders/updated", "done", ""),
        ("orders/paid", "done", ""),
    ]
    view = await there.view(order["id"])
    assert (view["stage"], view["captured"], view["promise"]["day"]) == ("placed", gbp(6800), "2026-03-09")
    assert len((await there.shop.call("GET", "/v1/orders")).ok()["items"]) == 1


async def test_five_copies_of_one_webhook_are_one_delivery(there: ShopifyShop) -> None:
    # TRK-4
    body = json.dumps(an_order()).encode()
    headers = there.headers("orders/create", body)
    answers = await asyncio.gather(*(there.raw(body, headers) for _ in range(5)))
    assert [one.status for one in answers] == [202] * 5
    assert sorted(one["duplicate"] for one in answers) == [False] + [True] * 4
    assert [status for _, status, _ in await there.until_processed()] == ["done"]


async def test_one_event_in_two_subscriptions_counts_once_and_a_topic_of_its_own_counts_too(
    there: ShopifyShop,
) -> None:
    order = an_order()
    first = await there.send("orders/create", order, Event_Id="one")
    again = await there.send("orders/create", order, Event_Id="one")
    other = await there.send("orders/paid", order, Event_Id="one")
    assert [one["duplicate"] for one in (first, again, other)] == [False, True, False]


async def test_an_order_waits_until_it_is_paid(there: ShopifyShop) -> None:
    order = an_order(financial_status="pending")
    await there.send("orders/create", order)
    assert await there.until_processed() == [("orders/create", "ignored", "not paid yet")]
    await there.send("orders/updated", later(order, financial_status="paid"))
    assert (await there.until_processed())[-1] == ("orders/updated", "done", "")
    assert (await there.view(order["id"]))["stage"] == "placed"


async def test_an_order_that_does_not_add_up_is_kept_and_its_reason_is_listed(there: ShopifyShop) -> None:
    order = an_order(total_price="67.99")
    await there.send("orders/create", order)
    await there.until_processed()
    [dead] = (await there.shop.call("GET", "/v1/inbox")).ok()["items"]
    assert (dead["source"], dead["topic"], dead["status"]) == ("shopify", "orders/create", "dead")
    assert dead["reason"] == "its lines come to 6800 and its total to 6799 (GBP in minor units)"
    (await there.shop.call("POST", f"/v1/inbox/{dead['id']}/replay")).ok()
    await there.until_processed()
    await there.send("orders/updated", later(order, total_price="68.00"))
    await there.until_processed()
    assert (await there.view(order["id"]))["captured"] == gbp(6800)


async def test_a_guest_without_e_mail_is_followed_and_nobody_is_written_to(there: ShopifyShop) -> None:
    order = an_order(email="", customer=None)
    await there.captured(order)
    await there.send("orders/create", order)
    await there.until_processed()
    await there.send("orders/cancelled", later(order, cancelled_at="2026-03-02T12:00:00+01:00"))
    await there.until_processed()
    view = await there.settled(order["id"])
    assert (view["stage"], view["refunded"]) == ("cancelled", gbp(6800))
    for _ in range(500):
        told = await there.shop.notices(str(order["id"]))
        if told and all(one["status"] != "queued" for one in told):
            break
        await asyncio.sleep(0.02)
    assert {(one["status"], one["reason"]) for one in told} == {("dropped", "no address")}


async def test_an_old_order_that_was_only_edited_is_no_news(there: ShopifyShop) -> None:
    await there.send("orders/updated", an_order(created_at="2025-12-01T08:00:00+00:00"))
    assert await there.until_processed() == [("orders/updated", "ignored", "placed more than 60 days ago")]


async def test_other_topics_are_kept_and_ignored(there: ShopifyShop) -> None:
    await there.send("products/update", {"id": 1, "title": "Mug"})
    assert await there.until_processed() == [("products/update", "ignored", "not a topic we follow")]


# Real bodies


async def test_real_bodies_are_read_as_shopify_wrote_them(there: ShopifyShop) -> None:
    order = {**real("order"), "id": new_id(), "created_at": "2026-03-02T03:00:00-05:00"}
    fulfillment = {**real("fulfillment"), "order_id": order["id"]}
    refund = {**real("refund"), "order_id": order["id"]}
    await there.send("refunds/create", refund)
    await there.send("fulfillments/create", fulfillment)
    await there.send("orders/create", order)
    parked = [
        ("refunds/create", "parked", "order_unknown"),
        ("fulfillments/create", "parked", "order_unknown"),
    ]
    assert await there.until_processed() == [*parked, ("orders/create", "ignored", "not paid yet")]
    paid = {**order, "financial_status": "paid", "fulfillments": []}
    await there.send("orders/updated", paid)
    assert (await there.until_processed())[-1][1:] == (
        "dead",
        "its lines come to 60894 and its total to 40994 (USD in minor units)",
    )
    await there.send("orders/updated", {**paid, "total_price": "608.94", "total_line_items_price": "597.00"})
    assert [status for _, status, _ in await there.until_processed()] == [
        "done",
        "done",
        "ignored",
        "dead",
        "done",
    ]
    view = await there.settled(order["id"])
    assert (view["captured"]["minor"], view["refunded"]["minor"]) == (60894, 20900)
    [parcel] = view["parcels"]
    assert (parcel["tracking_number"], parcel["carrier"]) == ("1Z2345", "null-company")
    assert parcel["units"] == {"466157049": 1}
    story = {one["action"] for one in await there.shop.timeline(str(order["id"]))}
    assert {"zone_guessed", "external_refund", "parcel_registered"} <= story


# Shipping


async def test_a_fulfilment_becomes_parcels_and_its_status_a_scan(there: ShopifyShop) -> None:
    order = an_order()
    await there.send("orders/create", order)
    await there.send("fulfillments/create", a_fulfillment(order, "A1", "A2"))
    await there.until_processed()
    view = await there.view(order["id"])
    held = {one["tracking_number"]: sum(one["units"].values()) for one in view["parcels"]}
    assert (held, view["stage"]) == ({"A1": 3, "A2": 0}, "placed")
    delivered = a_fulfillment(order, "A1", minutes=90, shipment_status="delivered")
    await there.send("fulfillments/update", delivered)
    await there.until_processed()
    view = await there.view(order["id"])
    assert (view["stage"], view["delivered"]) == ("delivered", "all")
    assert {one["tracking_number"]: one["status"] for one in view["parcels"]}["A2"] == "cancelled"


async def test_a_corrected_number_takes_the_goods_and_the_old_label_is_void(there: ShopifyShop) -> None:
    order = an_order()
    await there.send("orders/create", order)
    await there.send("fulfillments/create", a_fulfillment(order, "WRONG"))
    await there.send("fulfillments/update", a_fulfillment(order, "RIGHT", minutes=70))
    await there.until_processed()
    parcels = {one["tracking_number"]: one for one in (await there.view(order["id"]))["parcels"]}
    assert (parcels["WRONG"]["status"], parcels["WRONG"]["units"]) == ("cancelled", {})
    assert sum(parcels["RIGHT"]["units"].values()) == 3


async def test_what_has_left_is_not_cancelled_and_that_is_to_be_seen(there: ShopifyShop) -> None:
    order = an_order()
    await there.send("orders/create", order)
    gone = a_fulfillment(order, "A1", shipment_status="in_transit")
    await there.send(
        "orders/cancelled", later(order, cancelled_at="2026-03-02T12:00:00Z", fulfillments=[gone])
    )
    assert (await there.until_processed())[-1] == ("orders/cancelled", "done", "not cancelled: order_shipped")
    view = await there.view(order["id"])
    assert (view["stage"], view["refunded"]["minor"]) == ("shipped", 0)
    [refusal] = await there.shop.timeline(str(order["id"]), "refused:CancelOrder")
    assert refusal["details"] == {"reasons": "order_shipped"}


# Money that went back there


async def test_a_refund_made_in_the_admin_is_never_paid_again(there: ShopifyShop) -> None:
    order = an_order()
    payment = await there.captured(order)
    await there.send("orders/create", order)
    await there.send("fulfillments/create", a_fulfillment(order, "A1", shipment_status="delivered"))
    refund = a_refund(order, "12.00", (0, 1))
    await there.send("refunds/create", refund)
    await there.send("refunds/create", refund)
    await there.until_processed()
    view = await there.settled(order["id"])
    assert view["refunded"] == gbp(1200)
    mug, lamp = (str(line["id"]) for line in order["line_items"])
    both = await there.shop.quote(str(order["id"]), item(mug, 2))
    assert both.ok().reasons == ["units_unavailable"]
    rest = await there.shop.open(str(order["id"]), item(mug, 1), item(lamp, 1))
    (await there.shop.drop_off(rest.ok())).ok()
    await there.shop.paid(str(order["id"]), rest["return"]["return_id"])
    assert [one["amount"] for one in await there.shop.refunds(payment)] == [1200 + 4000]
    assert (await there.view(order["id"]))["refunded"] == gbp(6400)


async def test_a_refund_of_goods_on_a_return_settles_the_return(there: ShopifyShop) -> None:
    order = an_order()
    payment = await there.captured(order)
    await there.send("orders/create", order)
    await there.send("fulfillments/create", a_fulfillment(order, "A1", shipment_status="delivered"))
    await there.until_processed()
    mug = str(order["line_items"][0]["id"])
    opened = (await there.shop.open(str(order["id"]), item(mug, 2))).ok()
    await there.send("refunds/create", a_refund(order, "24.00", (0, 2)))
    await there.until_processed()
    (await there.shop.drop_off(opened)).ok()
    case = await there.shop.paid(str(order["id"]), opened["return"]["return_id"])
    assert [leg["to"] for s in case["settlements"] for leg in s["legs"]] == ["external"]
    assert await there.shop.refunds(payment) == []


async def test_more_than_was_left_asks_finance_and_is_no_crash(there: ShopifyShop) -> None:
    order = an_order()
    await there.send("orders/create", order)
    await there.send("refunds/create", a_refund(order, "60.00", number=80))
    await there.until_processed()
    await there.send("refunds/create", a_refund(order, "20.00", number=90))
    await there.until_processed()
    view = await there.settled(order["id"])
    assert view["refunded"] == gbp(6800)
    [question] = await there.shop.attention_items(view["order"])
    assert (question["kind"], question["owner"], question["subject"]) == (
        "refund_mismatch",
        "finance",
        str(order["id"] + 90),
    )


async def test_what_a_cancellation_was_paid_back_there_is_not_paid_by_us(there: ShopifyShop) -> None:
    order = an_order()
    payment = await there.captured(order)
    await there.send("orders/create", order)
    refund = a_refund(order, "60.00", (0, 2), (1, 1))
    cancelled = later(order, cancelled_at="2026-03-02T12:00:00Z", refunds=[refund])
    await there.send("orders/cancelled", cancelled)
    await there.send("refunds/create", refund)
    await there.until_processed()
    view = await there.settled(order["id"])
    assert (view["stage"], view["refunded"]) == ("cancelled", gbp(6800))
    assert [one["amount"] for one in await there.shop.refunds(payment)] == [800]
