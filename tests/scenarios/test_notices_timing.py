"""When notices are sent: not at night, not when they are over by the morning, not above the cap, and none is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

CreateShop = Callable[..., Awaitable[Shop]]
DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")  # the end of the promised day in London
NIGHT = datetime.fromisoformat("2026-03-04T23:00:00+00:00")
MORNING = datetime.fromisoformat("2026-03-05T08:00:00+00:00")
MANY = 50


def at(notice: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(notice[name])


@pytest_asyncio.fixture(loop_scope="session")
async def shop(deployment: Deployment, http: aiohttp.ClientSession) -> Shop:
    """Whose customers are notified only of the carrier's estimates."""
    return await Shop.create(
        deployment, http, delays={"first_scan": None, "no_movement_days": None, "max_next_updates": 0}
    )


async def slips(shop: Shop, order: str, number: str, to: datetime) -> None:
    """The carrier now expects to deliver then, and all that becomes due is done."""
    await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "estimate": {"at": to.isoformat()}})
    notices = to.isoformat().replace("+00:00", "Z")
    await shop.until(order, lambda view: (view["parcels"][0]["estimate"] or {}).get("at") == notices)
    await shop.set_clock(await shop.now())


# DLY-4, NEW-6
@pytest.mark.scenario("S-29")
async def test_a_delay_at_night_of_a_parcel_delivered_before_quiet_hours_end_is_never_notified(
    shop: Shop,
) -> None:
    order, number = await shipped(shop)
    await shop.set_clock(NIGHT)
    await slips(shop, order, number, DUE + timedelta(hours=20))
    [held] = await shop.notices(order)
    assert (held["status"], held["reason"], at(held, "held_until")) == ("held", "quiet_hours", MORNING)
    await shop.set_clock(datetime.fromisoformat("2026-03-05T07:10:00+00:00"))
    await shop.scan(number, "delivered")
    await parcel_after_scans(shop, order, 1)
    await shop.set_clock(MORNING + timedelta(hours=1))
    [notice] = await shop.notices(order)
    assert (notice["status"], notice["reason"], notice["text"]) == ("dropped", "already_delivered", None)
    await shop.set_clock(DUE + timedelta(days=2))
    assert await shop.notices(order) == [notice]


@pytest.mark.scenario("S-29")
async def test_a_delay_at_night_that_is_still_true_is_notified_when_quiet_hours_end_at_the_customer(
    shop: Shop,
) -> None:
    zone = {"country": "US", "zone": "America/New_York", "postcode": "10001"}
    order, number = await shipped(shop, destination=zone)
    # Four in the morning in New York.
    await shop.set_clock(datetime.fromisoformat("2026-03-05T09:00:00+00:00"))
    await slips(shop, order, number, DUE + timedelta(hours=40))
    [held] = await shop.notices(order)
    assert held["status"] == "held"
    await shop.set_clock(DUE)
    [notice] = await shop.notices(order)
    assert (notice["status"], notice["channel"]) == ("sent", "email")
    assert at(notice, "sent_at") == datetime.fromisoformat("2026-03-05T13:00:00+00:00")


# DLY-3
async def test_a_parcel_is_notified_once_in_a_day_with_the_newest_notice(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.advance_clock(hours=2)
    first = await shop.now()
    for slip in (13, 40, 70):
        await slips(shop, order, number, DUE + timedelta(hours=slip))
        await shop.advance_clock(hours=1)
    one, two, three = await shop.notices(order)
    assert (one["status"], at(one, "sent_at")) == ("sent", first)
    assert {(held["status"], held["reason"]) for held in (two, three)} == {("held", "throttled")}
    await shop.set_clock(first + timedelta(hours=24))
    one, two, three = await shop.notices(order)
    assert (two["status"], two["reason"]) == ("dropped", "superseded")
    assert (three["status"], at(three, "sent_at")) == ("sent", first + timedelta(hours=24))


async def test_kinds_that_the_shop_calls_urgent_are_sent_at_once(create_shop: CreateShop) -> None:
    shop = await create_shop(notices={"kinds": {"delayed": {"severity": "urgent"}}})
    order, number = await shipped(shop)
    await shop.set_clock(NIGHT)
    for slip in (13, 40):
        await slips(shop, order, number, DUE + timedelta(hours=slip))
    assert [(notice["status"], at(notice, "sent_at")) for notice in await shop.notices(order)] == [
        ("sent", NIGHT)
    ] * 2


# DLY-7
async def test_two_late_parcels_of_one_order_are_one_message(shop: Shop) -> None:
    order = await shop.place()
    for line, units in (("1", 3), ("2", 1)):
        await shop.ship(order, lines=[{"line_id": line, "quantity": units}])
    await shop.set_clock(DUE - timedelta(hours=12))
    notices = await shop.notices(order)
    assert [(notice["kind"], notice["status"]) for notice in notices] == [("delayed", "sent")] * 2
    assert len({notice["subject"] for notice in notices}) == 2
    assert len({notice["message"] for notice in notices}) == 1
    assert len({notice["text"] for notice in notices}) == 1


async def late_orders(shop: Shop) -> list[str]:
    """Fifty orders of one customer, placed at once; none is ever shipped."""
    return await asyncio.gather(*(placed(shop) for _ in range(MANY)))


async def placed(shop: Shop) -> str:
    """Placed, also on a busy deployment: 503 means that the same request may be repeated."""
    customer = {"customer_id": "c-one", "name": "Ada", "email": "ada@example.org"}
    body = await shop.order_body(customer=customer)
    while (answer := await shop.call("POST", "/v1/orders", body)).status == 503:
        await asyncio.sleep(1)
    order: str = answer.ok()["order"]
    return order


async def notices_of(shop: Shop, orders: list[str]) -> list[dict[str, Any]]:
    return [notice for order in orders for notice in await shop.notices(order, "delayed")]


# NEW-17
async def test_fifty_late_orders_of_one_customer_are_notified_within_the_daily_cap(shop: Shop) -> None:
    orders = await late_orders(shop)
    await shop.set_clock(DUE - timedelta(hours=12))
    notices = await notices_of(shop, orders)
    assert [notice["status"] for notice in notices] == ["sent"] * MANY
    assert len({notice["message"] for notice in notices}) <= 3


async def test_without_digests_the_cap_holds_and_the_others_wait_for_the_next_day(
    create_shop: CreateShop,
) -> None:
    shop = await create_shop(notices={"digest_minutes": 0, "per_customer_day": 2})
    orders = await late_orders(shop)
    for day, sent in ((1, 2), (0, 4)):
        await shop.set_clock(DUE - timedelta(days=day) + timedelta(hours=12))
        notices = await notices_of(shop, orders)
        assert Counter(notice["status"] for notice in notices) == {"sent": sent, "held": MANY - sent}
        assert {notice["reason"] for notice in notices if notice["status"] == "held"} == {
            "frequency_cap,quiet_hours"
        }
        assert len({notice["message"] for notice in notices if notice["message"]}) == sent
    morning = DUE + timedelta(days=1, hours=8)
    assert {at(notice, "held_until") for notice in notices if notice["status"] == "held"} == {morning}
