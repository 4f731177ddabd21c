"""A shop on WooCommerce: its webhooks start journeys and update them, and its staff's refunds are never paid again."""

import pytest

from tests.scenarios.helpers import gbp
from tests.scenarios.woocommerce import WooCommerceShop, an_order

pytestmark = pytest.mark.databases_in_turn


async def test_a_paid_order_starts_a_journey_and_a_refund_of_the_staff_shrinks_what_is_left(
    woocommerce_shop: WooCommerceShop,
) -> None:
    order = an_order()
    await woocommerce_shop.send("order.created", {**order, "status": "pending", "date_paid_gmt": None})
    await woocommerce_shop.send("order.updated", order)
    refund = {"id": 9001, "reason": "too late", "total": "-12.00"}
    for _ in range(2):
        await woocommerce_shop.send("order.updated", {**order, "refunds": [refund]})
    assert await woocommerce_shop.until_processed() == [
        ("order.created", "ignored", "not paid yet"),
        *[("order.updated", "done", "")] * 3,
    ]
    view = await woocommerce_shop.refunded(order, gbp(1200))
    assert (view["stage"], view["captured"]) == ("placed", gbp(8160))


async def test_two_orders_of_one_second_are_two_deliveries_and_a_copy_is_none(
    woocommerce_shop: WooCommerceShop,
) -> None:
    one, two = an_order(), an_order()
    answers = [await woocommerce_shop.send("order.updated", order, "same") for order in (one, two, one)]
    assert [answer["duplicate"] for answer in answers] == [False, False, True]
    await woocommerce_shop.until_processed()
    for order in (one, two):
        assert (await woocommerce_shop.shop.view(str(order["id"])))["stage"] == "placed"


async def test_an_order_cancelled_and_refunded_there_is_cancelled_here_and_not_paid_again(
    woocommerce_shop: WooCommerceShop,
) -> None:
    order = an_order()
    await woocommerce_shop.send("order.created", order)
    refund = {"id": 9002, "reason": "cancelled", "total": "-81.60"}
    await woocommerce_shop.send("order.updated", {**order, "status": "cancelled", "refunds": [refund]})
    await woocommerce_shop.send("order.deleted", {"id": order["id"]})
    assert await woocommerce_shop.until_processed() == [
        ("order.created", "done", ""),
        ("order.updated", "done", ""),
        ("order.deleted", "ignored", "it was deleted in the shop"),
    ]
    assert (await woocommerce_shop.refunded(order, gbp(8160)))["stage"] == "cancelled"


async def test_the_ping_of_a_new_webhook_is_answered_and_nothing_unsigned_is_kept(
    woocommerce_shop: WooCommerceShop,
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await woocommerce_shop.raw(b"webhook_id=142", form)).status == 202
    assert (await woocommerce_shop.raw(b'{"id":1}', {"X-WC-Webhook-Topic": "order.updated"})).status == 401
    assert woocommerce_shop.deliveries() == []
