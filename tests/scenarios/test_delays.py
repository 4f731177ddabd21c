"""Delays are notified before the customer has to ask: once, again only when they get worse, and never when they are false."""

from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop

pytestmark = pytest.mark.databases_in_turn

DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")  # the end of the promised day in London


@pytest_asyncio.fixture(loop_scope="session")
async def shop(deployment: Deployment, http: aiohttp.ClientSession) -> Shop:
    """What is news and from when on, one reason at a time. At which hour it leaves is tested in test_notices_….py."""
    alone = {"first_scan": None, "no_movement_days": None, "max_next_updates": 0}
    return await Shop.create(deployment, http, delays=alone, notices=AT_ONCE)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


async def report_estimate(shop: Shop, order: str, number: str, at: datetime) -> None:
    """An hour later the carrier reports when it will deliver; returns once the journey has applied it."""
    await shop.advance_clock(hours=1)
    await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "estimate": {"at": at.isoformat()}})
    reported = at.isoformat().replace("+00:00", "Z")
    await shop.until(order, lambda view: (view["parcels"][0]["estimate"] or {}).get("at") == reported)
    await shop.set_clock(await shop.now())  # answers when all due work is done and sent


async def delays_sent(shop: Shop, order: str) -> list[dict[str, Any]]:
    """The notified delays, each of which has been sent."""
    notices = await shop.notices(order)
    assert {(notice["kind"], notice["status"]) for notice in notices} <= {("delayed", "sent")}
    return notices


def sent_at(notice: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(notice["sent_at"])


@pytest.mark.scenario("S-24", "S-25")
async def test_a_slip_past_the_promise_is_notified_once_and_before_the_promise_breaks(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.advance_clock(days=1)
    for slip in (-30, 12, -1, 11.5):  # it varies within the tolerance of twelve hours
        await report_estimate(shop, order, number, DUE + hours(slip))
    assert await delays_sent(shop, order) == []
    await report_estimate(shop, order, number, DUE + hours(13))
    known_at = await shop.now()
    [notice] = await delays_sent(shop, order)
    assert sent_at(notice) == known_at < DUE
    assert (notice["details"]["reason"], notice["details"]["revision"]) == ("estimate_after_promise", 1)
    assert datetime.fromisoformat(notice["details"]["expected"]) == DUE + hours(13)
    assert "by 7 March 2026" in notice["text"]
    assert "expected by 8 March 2026" in notice["text"]
    await report_estimate(shop, order, number, DUE + hours(12))
    await report_estimate(shop, order, number, DUE + hours(14))
    await shop.set_clock(DUE + timedelta(days=3))
    assert await delays_sent(shop, order) == [notice]
    [delay_notice] = (await shop.view(order))["delay_notices"]
    assert datetime.fromisoformat(delay_notice["notified_at"]) == known_at


@pytest.mark.scenario("S-26")
async def test_it_is_notified_again_for_each_further_day_up_to_the_maximum(shop: Shop) -> None:
    order, number = await shipped(shop)
    for slip, notices in ((13, 1), (36, 1), (37, 2), (60, 2), (61, 3), (85, 3), (300, 3)):
        await report_estimate(shop, order, number, DUE + hours(slip))
        assert len(await delays_sent(shop, order)) == notices, f"{slip} hours late"
    found = await delays_sent(shop, order)
    assert [one["details"]["revision"] for one in found] == [1, 2, 3]
    expected = [datetime.fromisoformat(one["details"]["expected"]) - DUE for one in found]
    assert expected == [hours(13), hours(37), hours(61)]
    assert len({one["key"] for one in found}) == 3
    assert all(sent_at(one) < DUE for one in found)


@pytest.mark.scenario("S-27")
async def test_a_parcel_that_arrives_before_the_timer_is_never_notified_as_late(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.set_clock(DUE - hours(24) - timedelta(seconds=1))
    await shop.scan(number, "delivered")
    await parcel_after_scans(shop, order, 1)
    await shop.set_clock(DUE + timedelta(days=20))
    assert await shop.notices(order) == []


@pytest.mark.scenario("S-27")
@pytest.mark.parametrize(
    ("scans", "told_before", "reason"),
    [
        ({}, 24, "no_first_scan"),
        ({30: "in_transit"}, 6, "no_movement"),
        ({40: "in_transit", 20: "exception"}, 20, "exception"),
        ({80: "exception"}, 72, "exception"),
        ({30: "in_transit", 10: "in_transit"}, 0, "promise_broken"),
        ({30: "in_transit", 20: "out_for_delivery"}, 0, "promise_broken"),
    ],
)
async def test_silence_and_trouble_are_notified_at_their_hour_before_the_promise(
    scans: dict[int, str], told_before: int, reason: str, shop: Shop
) -> None:
    order, number = await shipped(shop)
    for count, (before, status) in enumerate(scans.items(), start=1):
        await shop.set_clock(DUE - hours(before))
        await shop.scan(number, status)
        await parcel_after_scans(shop, order, count)
    last_moment = max(DUE - hours(told_before) - timedelta(seconds=1), await shop.now())
    await shop.set_clock(last_moment)
    if last_moment < DUE - hours(told_before):
        assert await delays_sent(shop, order) == []
    await shop.set_clock(DUE - hours(told_before))
    [notice] = await delays_sent(shop, order)
    assert (notice["details"]["reason"], sent_at(notice)) == (reason, DUE - hours(told_before))
    await shop.set_clock(DUE + timedelta(days=2))
    assert await delays_sent(shop, order) == [notice]


@pytest.mark.scenario("S-27")
@pytest.mark.parametrize(
    ("ships", "then"),
    [(hours(-20), ["not_shipped", "no_first_scan"]), (hours(20), ["not_shipped"])],
    ids=["in time for the promise", "after it"],
)
async def test_unshipped_goods_are_notified_as_late_and_shipping_them_too_late_is_no_news(
    ships: timedelta, then: list[str], shop: Shop
) -> None:
    order = await shop.place()
    await shop.set_clock(DUE - hours(24) - timedelta(seconds=1))
    assert await delays_sent(shop, order) == []
    await shop.advance_clock(seconds=1)
    [notice] = await delays_sent(shop, order)
    assert (notice["details"]["reason"], notice["subject"]) == ("not_shipped", "unshipped")
    assert sent_at(notice) == DUE - hours(24)
    await shop.set_clock(DUE + ships)
    await shop.ship(order)
    await shop.set_clock(DUE + timedelta(days=2))
    assert [one["details"]["reason"] for one in await delays_sent(shop, order)] == then


async def test_a_false_delay_notice_is_corrected_once(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.set_clock(DUE - hours(20))
    [alarm] = await delays_sent(shop, order)
    await shop.scan(number, "delivered", DUE - hours(30))  # the carrier's scan came late
    await parcel_after_scans(shop, order, 1)
    await shop.scan(number, "delivered", DUE - hours(31))
    await parcel_after_scans(shop, order, 2)
    await shop.advance_clock(days=60)
    first, correction = await shop.notices(order)
    assert first == alarm
    assert (correction["kind"], correction["status"]) == ("delay_corrected", "sent")
    assert sent_at(correction) == DUE - hours(20)
    assert "had already arrived on 6 March 2026" in correction["text"]


@pytest.mark.parametrize("later", [0.5, 2])
async def test_a_delay_that_was_true_when_notified_is_not_corrected(later: float, shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.set_clock(DUE - hours(20))
    [alarm] = await delays_sent(shop, order)
    await shop.scan(number, "delivered", sent_at(alarm) + hours(later))
    await parcel_after_scans(shop, order, 1)
    await shop.advance_clock(days=60)
    notices = await shop.notices(order)
    assert [notice for notice in notices if notice["status"] == "sent"] == [alarm]
    assert {notice["reason"] for notice in notices if notice["status"] != "sent"} <= {"no_false_notice_sent"}


async def test_a_step_made_due_by_a_webhook_has_the_time_of_the_webhook(
    shop: Shop,
) -> None:
    orders = [await shipped(shop) for _ in range(12)]
    for order, number in orders:
        heard_at = await shop.now()
        parcel = {
            "carrier": "UPS",
            "tracking_number": number,
            "estimate": {"at": (DUE + hours(13)).isoformat()},
        }
        await shop.post_webhook(parcel)
        await shop.advance_clock(hours=3)
        [notice] = await shop.notices(order, "delayed")
        assert datetime.fromisoformat(notice["sent_at"]) == heard_at


# In which texts


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("de-AT", "Wir haben Ihnen Ihre Bestellung bis zum 7. März 2026 zugesagt."),
        ("zh-CN", "我们曾承诺最迟于 2026年3月7日 送达您的订单。"),
        ("fr", "We promised your order by 7 March 2026."),
    ],
)
async def test_the_customer_is_notified_in_their_language_or_in_english(
    locale: str, sentence: str, shop: Shop
) -> None:
    body = await shop.order_body()
    body["customer"]["locale"] = locale
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.set_clock(DUE - hours(10))
    [notice] = await delays_sent(shop, order)
    assert sentence in notice["text"]


async def test_the_same_order_in_another_language_is_another_order(shop: Shop) -> None:
    body = await shop.order_body()
    (await shop.call("POST", "/v1/orders", body)).ok()
    assert (await shop.call("POST", "/v1/orders", body)).status == 200
    body["customer"]["locale"] = "de"
    assert (await shop.call("POST", "/v1/orders", body)).status == 409
