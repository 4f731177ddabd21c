"""A carrier uses a number again: an old delivery never closes a new order, nor a new one an old order (TRK-11)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.carrier_events import easypost_event, post_easypost, until_processed
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn

YEAR_AGO = START - timedelta(days=400)
WEEKS_AGO = START - timedelta(weeks=5)


async def an_order(shop: Shop, number: str, placed: datetime, *, dated: bool = True) -> str:
    """Placed then, promised within five days and shipped on the day after."""
    promise = {"day": (placed + timedelta(days=5)).date().isoformat()}
    order = await shop.place(placed_at=placed.isoformat(), promise=promise)
    day = {"shipped_on": (placed + timedelta(days=1)).date().isoformat()} if dated else {}
    return await shop.ship(order, number, **day) and order


def scan(at: datetime, status: str) -> dict[str, Any]:
    return {"at": at.isoformat(), "status": status}


def of(number: str, *scans: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"carrier": "UPS", "tracking_number": number, "scans": list(scans), **more}


async def status_of(shop: Shop, order: str) -> tuple[str, str, int]:
    view = await shop.view(order)
    [parcel] = view["parcels"]
    return view["stage"], parcel["status"], parcel["scans"]


@pytest.mark.scenario("S-19")
@pytest.mark.parametrize("before", [YEAR_AGO, WEEKS_AGO], ids=["a year", "weeks"])
async def test_two_parcels_of_one_number_in_one_message_go_to_their_own_orders(
    shop: Shop, before: datetime
) -> None:
    number = "1Z999AA10123456784"
    old = await an_order(shop, number, before)
    new = await an_order(shop, number, START - timedelta(days=3))
    first, second = before + timedelta(days=3), START - timedelta(days=1)
    await shop.post_webhook(of(number, scan(first, "delivered"), scan(second, "in_transit")))
    await until_processed(shop, 1)
    assert await status_of(shop, old) == ("closed", "delivered", 1)
    assert await status_of(shop, new) == ("shipped", "in_transit", 1)


@pytest.mark.scenario("S-19")
@pytest.mark.parametrize("dated", [True, False], ids=["ship date known", "unknown"])
async def test_a_delivery_before_the_order_does_not_change_the_new_parcel(shop: Shop, dated: bool) -> None:
    number = "1Z999AA10123456785"
    order = await an_order(shop, number, START - timedelta(days=2), dated=dated)
    before = await shop.view(order)
    await shop.post_webhook(
        of(number, scan(WEEKS_AGO, "in_transit"), scan(WEEKS_AGO + timedelta(days=1), "delivered"))
    )
    assert await until_processed(shop, 1) == [("done", "")]
    assert await shop.view(order) == before
    assert (await shop.view(order, live=True))["seq"] == before["seq"]


@pytest.mark.scenario("S-19")
async def test_a_carriers_history_of_a_number_is_split_by_parcel(shop: Shop) -> None:
    """EasyPost sends a tracker's whole history each time, also the earlier parcel's, and no day of shipping."""
    number = "9400100000000000000000"
    old = await an_order(shop, number, YEAR_AGO, dated=False)
    new = await an_order(shop, number, START - timedelta(days=3), dated=False)
    body = easypost_event(
        number,
        (YEAR_AGO + timedelta(days=2), "in_transit", "arrived_at_facility"),
        (YEAR_AGO + timedelta(days=3), "delivered", "arrived_at_destination"),
        (START - timedelta(days=2), "in_transit", "arrived_at_facility"),
        (START - timedelta(days=1), "out_for_delivery", "out_for_delivery"),
    )
    assert (await post_easypost(shop, body)).status == 202
    await until_processed(shop, 1)
    assert await status_of(shop, old) == ("closed", "delivered", 2)
    assert await status_of(shop, new) == ("shipped", "out_for_delivery", 2)


@pytest.mark.scenario("S-19")
async def test_a_named_day_of_shipping_means_that_parcel(shop: Shop) -> None:
    number = "1Z999AA10123456786"
    old = await an_order(shop, number, WEEKS_AGO)
    new = await an_order(shop, number, START - timedelta(days=3))
    day = (WEEKS_AGO + timedelta(days=1)).date().isoformat()
    await shop.post_webhook(of(number, scan(WEEKS_AGO + timedelta(days=4), "delivered"), shipped_on=day))
    await until_processed(shop, 1)
    assert (await status_of(shop, old))[1] == "delivered"
    assert await status_of(shop, new) == ("placed", "unknown", 0)


@pytest.mark.scenario("S-2")
async def test_parcels_add_up_from_none_over_some_to_all(shop: Shop) -> None:  # TRK-7
    order = await shop.place()
    numbers = [await shop.ship(order, lines=[{"line_id": "1", "quantity": 1}]) for _ in range(3)]
    assert (await shop.view(order))["delivered"] == "none"
    for count, number in enumerate(numbers, start=1):
        await shop.scan(number, "delivered", await shop.now() + timedelta(minutes=count))
        view = await shop.until(
            order, lambda view, count=count: sum(p["status"] == "delivered" for p in view["parcels"]) == count
        )
        assert (view["delivered"], len(view["parcels"])) == ("some", 3), "the lamp is in no parcel yet"
    last = await shop.ship(order)
    view = await shop.view(order)
    assert [parcel["tracking_number"] for parcel in view["parcels"]] == [*numbers, last]
    assert view["delivered"] == "some"
    await shop.scan(last, "delivered")
    view = await shop.until(order, lambda view: view["delivered"] == "all")
    assert [parcel["units"] for parcel in view["parcels"]] == [{"1": 1}] * 3 + [{"2": 1}]
