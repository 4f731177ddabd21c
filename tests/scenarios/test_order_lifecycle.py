"""The whole life of one order, over HTTP."""

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop


@pytest.mark.scenario("S-1")
async def test_an_order_is_placed_shipped_delivered_returned_and_paid_back(shop: Shop) -> None:
    await whole_life(shop)


async def whole_life(shop: Shop) -> None:
    """Every step answered as promised, and the money where it belongs."""
    body = await shop.order_body()
    placed = (await shop.call("POST", "/v1/orders", body)).ok()
    assert placed.status == 201
    assert placed["stage"] == "placed"
    order = placed["order"]
    number = await shop.ship(order)
    await shop.advance_clock(days=1)
    await shop.scan(number, "in_transit")
    view = await shop.until(order, lambda view: view["parcels"][0]["status"] == "in_transit")
    assert view["stage"] == "shipped"
    await shop.advance_clock(days=1)
    await shop.scan(number, "delivered")
    view = await shop.until(order, lambda view: view["stage"] == "delivered")
    assert view["delivered"] == "all"

    quote = (await shop.quote(order, item("1", 2))).ok()
    assert quote["quote"]["refund"]["minor"] == 2400
    opened = (await shop.open(order, item("1", 2), quote=quote["token"])).ok()
    assert opened.status == 201
    receipt = (await shop.drop_off(opened)).ok()
    assert receipt["units"] == {"1": 2}
    paid = await shop.paid(order, opened["return"]["return_id"])
    assert paid["status"] == "settled"
    refunds = await shop.refunds(body["tenders"][0]["payment"])
    assert [refund["amount"] for refund in refunds] == [2400]
