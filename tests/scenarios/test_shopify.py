"""A shop on Shopify: its webhooks start journeys and update them, once each, also with copies of them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.helpers import gbp, item
from tests.scenarios.shopify import ShopifyShop, a_fulfillment, a_refund, an_order, later, new_id

pytestmark = pytest.mark.databases_in_turn

REAL = Path(__file__).parents[1] / "adapters" / "payloads" / "shopify"


def real(name: str) -> Any:
    """A recorded body. Shopify's API wraps in a name what its webhooks send bare."""
    return json.loads((REAL / f"{name}.json").read_text())[name]


# Starting


async def test_a_paid_order_starts_a_journey_once_whichever_webhook_brings_it(
    shopify_shop: ShopifyShop,
) -> None:
    # API-4
    order = an_order()
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("orders/updated", later(order, note="please ring twice"))
    await shopify_shop.send("orders/paid", order)
    assert await shopify_shop.until_processed() == [
        ("orders/create", "done", ""),
        ("orders/updated", "done", ""),
        ("orders/paid", "done", ""),
    ]
    view = await shopify_shop.view(order["id"])
    assert (view["stage"], view["captured"], view["promise"]["day"]) == ("placed", gbp(6800), "2026-03-09")
    assert len((await shopify_shop.shop.call("GET", "/v1/orders")).ok()["items"]) == 1


async def test_five_copies_of_one_webhook_are_one_delivery(shopify_shop: ShopifyShop) -> None:
    # TRK-4
    body = json.dumps(an_order()).encode()
    headers = shopify_shop.headers("orders/create", body)
    answers = await asyncio.gather(*(shopify_shop.raw(body, headers) for _ in range(5)))
    assert [answer.status for answer in answers] == [202] * 5
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 4
    assert [status for _, status, _ in await shopify_shop.until_processed()] == ["done"]


async def test_one_event_in_two_subscriptions_counts_once_and_a_topic_of_its_own_counts_too(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order()
    first = await shopify_shop.send("orders/create", order, Event_Id="one")
    again = await shopify_shop.send("orders/create", order, Event_Id="one")
    other = await shopify_shop.send("orders/paid", order, Event_Id="one")
    assert [one["duplicate"] for one in (first, again, other)] == [False, True, False]


async def test_an_order_waits_until_it_is_paid(shopify_shop: ShopifyShop) -> None:
    order = an_order(financial_status="pending")
    await shopify_shop.send("orders/create", order)
    assert await shopify_shop.until_processed() == [("orders/create", "ignored", "not paid yet")]
    await shopify_shop.send("orders/updated", later(order, financial_status="paid"))
    assert (await shopify_shop.until_processed())[-1] == ("orders/updated", "done", "")
    assert (await shopify_shop.view(order["id"]))["stage"] == "placed"


async def test_an_order_that_does_not_add_up_is_kept_and_its_reason_is_listed(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order(total_price="67.99")
    await shopify_shop.send("orders/create", order)
    await shopify_shop.until_processed()
    [dead] = (await shopify_shop.shop.call("GET", "/v1/inbox")).ok()["items"]
    assert (dead["source"], dead["topic"], dead["status"]) == ("shopify", "orders/create", "dead")
    assert dead["reason"] == "its lines come to 6800 and its total to 6799 (GBP in minor units)"
    (
        await shopify_shop.shop.call(
            "POST", f"/v1/inbox/{dead['id']}/replay", {"reason": "the total is right now"}
        )
    ).ok()
    await shopify_shop.until_processed()
    await shopify_shop.send("orders/updated", later(order, total_price="68.00"))
    await shopify_shop.until_processed()
    assert (await shopify_shop.view(order["id"]))["captured"] == gbp(6800)


async def test_the_order_of_a_guest_without_email_is_tracked_and_no_message_is_sent(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order(email="", customer=None)
    await shopify_shop.captured(order)
    await shopify_shop.send("orders/create", order)
    await shopify_shop.until_processed()
    await shopify_shop.send("orders/cancelled", later(order, cancelled_at="2026-03-02T12:00:00+01:00"))
    await shopify_shop.until_processed()
    view = await shopify_shop.settled(order["id"])
    assert (view["stage"], view["refunded"]) == ("cancelled", gbp(6800))
    for _ in range(500):
        notices = await shopify_shop.shop.notices(str(order["id"]))
        if notices and all(notice["status"] != "queued" for notice in notices):
            break
        await asyncio.sleep(0.02)
    assert {(notice["status"], notice["reason"]) for notice in notices} == {("dropped", "no address")}


async def test_an_old_order_that_was_only_edited_is_no_news(shopify_shop: ShopifyShop) -> None:
    await shopify_shop.send("orders/updated", an_order(created_at="2025-12-01T08:00:00+00:00"))
    assert await shopify_shop.until_processed() == [
        ("orders/updated", "ignored", "placed more than 60 days ago")
    ]


async def test_other_topics_are_kept_and_ignored(shopify_shop: ShopifyShop) -> None:
    await shopify_shop.send("products/update", {"id": 1, "title": "Mug"})
    assert await shopify_shop.until_processed() == [("products/update", "ignored", "not a topic we follow")]


# Real bodies


async def test_real_bodies_are_read_as_shopify_wrote_them(shopify_shop: ShopifyShop) -> None:
    order = {**real("order"), "id": new_id(), "created_at": "2026-03-02T03:00:00-05:00"}
    fulfillment = {**real("fulfillment"), "order_id": order["id"]}
    refund = {**real("refund"), "order_id": order["id"]}
    await shopify_shop.send("refunds/create", refund)
    await shopify_shop.send("fulfillments/create", fulfillment)
    await shopify_shop.send("orders/create", order)
    parked = [
        ("refunds/create", "parked", "order_unknown"),
        ("fulfillments/create", "parked", "order_unknown"),
    ]
    assert await shopify_shop.until_processed() == [*parked, ("orders/create", "ignored", "not paid yet")]
    paid = {**order, "financial_status": "paid", "fulfillments": []}
    await shopify_shop.send("orders/updated", paid)
    assert (await shopify_shop.until_processed())[-1][1:] == (
        "dead",
        "its lines come to 60894 and its total to 40994 (USD in minor units)",
    )
    await shopify_shop.send(
        "orders/updated", {**paid, "total_price": "608.94", "total_line_items_price": "597.00"}
    )
    assert [status for _, status, _ in await shopify_shop.until_processed()] == [
        "done",
        "done",
        "ignored",
        "dead",
        "done",
    ]
    view = await shopify_shop.settled(order["id"])
    assert (view["captured"]["minor"], view["refunded"]["minor"]) == (60894, 20900)
    [parcel] = view["parcels"]
    assert (parcel["tracking_number"], parcel["carrier"]) == ("1Z2345", "null-company")
    assert parcel["units"] == {"466157049": 1}
    actions = {one["action"] for one in await shopify_shop.shop.timeline(str(order["id"]))}
    assert {"external_refund", "parcel_registered"} <= actions
    assert "zone_guessed" not in actions  # the postcode says it


# Shipping


async def test_a_fulfilment_becomes_parcels_and_its_status_a_scan(shopify_shop: ShopifyShop) -> None:
    order = an_order()
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("fulfillments/create", a_fulfillment(order, "A1", "A2"))
    await shopify_shop.until_processed()
    view = await shopify_shop.view(order["id"])
    held = {parcel["tracking_number"]: sum(parcel["units"].values()) for parcel in view["parcels"]}
    assert (held, view["stage"]) == ({"A1": 0, "A2": 0}, "placed")
    delivered = a_fulfillment(order, "A1", minutes=90, shipment_status="delivered")
    await shopify_shop.send("fulfillments/update", delivered)
    await shopify_shop.until_processed()
    view = await shopify_shop.view(order["id"])
    assert (view["stage"], view["delivered"]) == ("delivered", "all")
    assert {parcel["tracking_number"]: parcel["status"] for parcel in view["parcels"]}["A2"] == "cancelled"


async def test_a_corrected_number_takes_the_goods_and_the_old_label_is_voided(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order()
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("fulfillments/create", a_fulfillment(order, "WRONG"))
    await shopify_shop.send("fulfillments/update", a_fulfillment(order, "RIGHT", minutes=70))
    await shopify_shop.until_processed()
    parcels = {
        parcel["tracking_number"]: parcel for parcel in (await shopify_shop.view(order["id"]))["parcels"]
    }
    assert (parcels["WRONG"]["status"], parcels["WRONG"]["units"]) == ("cancelled", {})
    assert sum(parcels["RIGHT"]["units"].values()) == 3


async def test_shipped_goods_are_not_cancelled_and_the_answer_shows_that(shopify_shop: ShopifyShop) -> None:
    order = an_order()
    await shopify_shop.send("orders/create", order)
    gone = a_fulfillment(order, "A1", shipment_status="in_transit")
    await shopify_shop.send(
        "orders/cancelled", later(order, cancelled_at="2026-03-02T12:00:00Z", fulfillments=[gone])
    )
    assert (await shopify_shop.until_processed())[-1] == (
        "orders/cancelled",
        "done",
        "not cancelled: order_shipped",
    )
    view = await shopify_shop.view(order["id"])
    assert (view["stage"], view["refunded"]["minor"]) == ("shipped", 0)
    [refusal] = await shopify_shop.shop.timeline(str(order["id"]), "refused:CancelOrder")
    assert refusal["details"] == {"reasons": "order_shipped"}


# Refunds made there


async def test_a_refund_made_in_the_admin_is_never_paid_again(shopify_shop: ShopifyShop) -> None:
    order = an_order()
    payment = await shopify_shop.captured(order)
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("fulfillments/create", a_fulfillment(order, "A1", shipment_status="delivered"))
    refund = a_refund(order, "12.00", (0, 1))
    await shopify_shop.send("refunds/create", refund)
    await shopify_shop.send("refunds/create", refund)
    await shopify_shop.until_processed()
    view = await shopify_shop.settled(order["id"])
    assert view["refunded"] == gbp(1200)
    mug, lamp = (str(line["id"]) for line in order["line_items"])
    both = await shopify_shop.shop.quote(str(order["id"]), item(mug, 2))
    assert both.ok().reasons == ["units_unavailable"]
    rest = await shopify_shop.shop.open(str(order["id"]), item(mug, 1), item(lamp, 1))
    (await shopify_shop.shop.drop_off(rest.ok())).ok()
    await shopify_shop.shop.paid(str(order["id"]), rest["return"]["return_id"])
    assert [one["amount"] for one in await shopify_shop.shop.refunds(payment)] == [1200 + 4000]
    assert (await shopify_shop.view(order["id"]))["refunded"] == gbp(6400)


async def test_a_refund_of_goods_on_a_return_settles_the_return(shopify_shop: ShopifyShop) -> None:
    order = an_order()
    payment = await shopify_shop.captured(order)
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("fulfillments/create", a_fulfillment(order, "A1", shipment_status="delivered"))
    await shopify_shop.until_processed()
    mug = str(order["line_items"][0]["id"])
    opened = (await shopify_shop.shop.open(str(order["id"]), item(mug, 2))).ok()
    await shopify_shop.send("refunds/create", a_refund(order, "24.00", (0, 2)))
    await shopify_shop.until_processed()
    (await shopify_shop.shop.drop_off(opened)).ok()
    case = await shopify_shop.shop.paid(str(order["id"]), opened["return"]["return_id"])
    assert [leg["to"] for s in case["settlements"] for leg in s["legs"]] == ["external"]
    assert await shopify_shop.shop.refunds(payment) == []


async def test_an_external_refund_of_more_than_was_left_raises_a_question_and_no_error(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order()
    await shopify_shop.send("orders/create", order)
    await shopify_shop.send("refunds/create", a_refund(order, "60.00", number=80))
    await shopify_shop.until_processed()
    await shopify_shop.send("refunds/create", a_refund(order, "20.00", number=90))
    await shopify_shop.until_processed()
    view = await shopify_shop.settled(order["id"])
    assert view["refunded"] == gbp(6800)
    [question] = await shopify_shop.shop.attention_items(view["order"])
    assert (question["kind"], question["owner"], question["subject"]) == (
        "refund_mismatch",
        "finance",
        str(order["id"] + 90),
    )


async def test_a_cancellation_refunded_at_the_storefront_is_not_refunded_by_us(
    shopify_shop: ShopifyShop,
) -> None:
    order = an_order()
    payment = await shopify_shop.captured(order)
    await shopify_shop.send("orders/create", order)
    refund = a_refund(order, "60.00", (0, 2), (1, 1))
    cancelled = later(order, cancelled_at="2026-03-02T12:00:00Z", refunds=[refund])
    await shopify_shop.send("orders/cancelled", cancelled)
    await shopify_shop.send("refunds/create", refund)
    await shopify_shop.until_processed()
    view = await shopify_shop.settled(order["id"])
    assert (view["stage"], view["refunded"]) == ("cancelled", gbp(6800))
    assert [one["amount"] for one in await shopify_shop.shop.refunds(payment)] == [800]
