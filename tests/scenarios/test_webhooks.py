"""Carriers' webhooks: accepted once, kept for parcels to come, and refused alike from every sender without a signature."""

import asyncio
import json
from datetime import datetime, timedelta, timezone

import aiohttp
import pytest

from tests.scenarios.carrier_events import (
    easypost_event,
    parcel_after_scans,
    post_easypost,
    shipped,
    until_processed,
)
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import inbox, problem, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

# Once


@pytest.mark.scenario("S-16")
@pytest.mark.parametrize("source", ["generic", "easypost"])
async def test_the_same_webhook_byte_for_byte_is_one_delivery_and_one_scan(source: str, shop: Shop) -> None:
    order, number = await shipped(shop)
    now = await shop.now()
    if source == "generic":
        scan = {"at": now.isoformat(), "status": "in_transit"}
        parcel = {"carrier": "UPS", "tracking_number": number, "scans": [scan]}
        body = json.dumps({"type": "tracking.updated", "data": {"parcels": [parcel]}}).encode()
        headers = shop.standard_signature(body)
    else:
        body = easypost_event(number, (now, "in_transit", "in_transit"))
        headers = shop.easypost_signature(body)
    answers = await asyncio.gather(*(shop.post_carrier_webhook(source, body, headers) for _ in range(5)))
    assert [answer.status for answer in answers] == [202] * 5
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 4
    assert len({answer["delivery"] for answer in answers}) == 1
    await parcel_after_scans(shop, order, 1)
    async with unchanged(shop, order):
        assert (await shop.post_carrier_webhook(source, body, headers))["duplicate"] is True
        assert await until_processed(shop, 1) == [("done", "")]
    assert (await shop.view(order))["parcels"][0]["scans"] == 1


async def test_the_same_scan_in_two_messages_is_one_scan(shop: Shop) -> None:
    order, number = await shipped(shop)
    now = await shop.now()
    await shop.scan(number, "in_transit", now)
    await parcel_after_scans(shop, order, 1)
    before = await shop.view(order)
    await shop.scan(number, "in_transit", now.astimezone(timezone(timedelta(hours=1))))
    assert await until_processed(shop, 2) == [("done", "")] * 2
    # The journey has applied it: signals come before queries.
    assert await shop.view(order, live=True) == before


# Unknown senders


@pytest.mark.scenario("S-7", "S-18")
async def test_a_scan_that_comes_before_its_parcel_waits_and_joins_it(shop: Shop) -> None:
    order = await shop.place()
    now = await shop.now()
    await shop.scan("EARLY", "picked_up", now)
    await post_easypost(
        shop, easypost_event("EARLY", (now + timedelta(hours=2), "in_transit", "departed_facility"))
    )
    assert await until_processed(shop, 2) == [("parked", "parcel_unknown")] * 2
    assert (await shop.view(order))["parcels"] == []
    await shop.ship(order, "EARLY")
    parcel = await parcel_after_scans(shop, order, 2)
    assert parcel["status"] == "in_transit"
    assert await until_processed(shop, 2) == [("done", "")] * 2


@pytest.mark.scenario("S-7", "S-22")
async def test_an_unknown_parcel_in_a_message_does_not_delay_the_others(shop: Shop) -> None:
    order, number = await shipped(shop)
    at = (await shop.now()).isoformat()
    scans = [{"at": at, "status": "in_transit"}]
    await shop.post_webhook(
        *({"carrier": "UPS", "tracking_number": one, "scans": scans} for one in ("NOBODY", number))
    )
    assert (await parcel_after_scans(shop, order, 1))["status"] == "in_transit"
    assert await until_processed(shop, 1) == [("parked", "parcel_unknown")]
    other = await shop.place()
    await shop.ship(other, "NOBODY")
    assert (await parcel_after_scans(shop, other, 1))["status"] == "in_transit"
    assert (await shop.view(order))["parcels"][0]["scans"] == 1


@pytest.mark.scenario("S-18")
async def test_a_signed_message_about_something_else_is_taken_and_ignored(shop: Shop) -> None:
    order, number = await shipped(shop)
    batch = {"id": "evt_b", "description": "batch.updated", "result": {"tracking_code": number}}
    before = await shop.view(order)
    assert (await post_easypost(shop, json.dumps(batch).encode())).status == 202
    body = json.dumps({"type": "invoice.paid", "data": {"parcels": "none"}}).encode()
    assert (await shop.post_carrier_webhook("generic", body, shop.standard_signature(body))).status == 202
    assert await until_processed(shop, 2) == [("ignored", "not about parcels")] * 2
    assert await shop.view(order, live=True) == before


async def test_a_carrier_may_be_spelled_in_capitals_here_and_not_there(shop: Shop) -> None:
    order = await shop.place()
    number = await shop.ship(order, carrier="FEDEX")
    body = easypost_event(number, (await shop.now(), "in_transit", ""), carrier="FedEx")
    assert (await post_easypost(shop, body)).status == 202
    assert (await parcel_after_scans(shop, order, 1))["status"] == "in_transit"


async def test_the_number_decides_whatever_the_carrier_is_called(shop: Shop) -> None:
    order, number = await shipped(shop)
    await shop.scan(number, "delivered", carrier="DHL")
    assert await until_processed(shop, 1) == [("done", "")]
    assert (await parcel_after_scans(shop, order, 1))["status"] == "delivered"


# Signatures


@pytest.mark.scenario("S-17")
async def test_every_sender_without_a_valid_signature_gets_the_same_refusal_and_changes_nothing(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    order, number = await shipped(shop)
    now = await shop.now()
    scan = {"at": now.isoformat(), "status": "delivered"}
    parcel = {"carrier": "UPS", "tracking_number": number, "scans": [scan]}
    generic_body = json.dumps({"type": "tracking.updated", "data": {"parcels": [parcel]}}).encode()
    easypost_body = easypost_event(number, (now, "delivered", ""))
    good, good2 = shop.standard_signature(generic_body), shop.easypost_signature(easypost_body)
    stale = int(datetime.fromisoformat("2026-01-01T00:00:00Z").timestamp())
    refused: list[tuple[str, bytes, dict[str, str], str | None]] = [
        ("generic", generic_body, {}, None),
        ("easypost", easypost_body, {}, None),
        ("generic", generic_body, {**good, "webhook-signature": "v1,AAAA"}, None),
        ("generic", generic_body, {**good, "webhook-id": "msg_other"}, None),
        ("generic", generic_body.replace(b"UPS", b"DHL"), good, None),
        ("generic", generic_body, shop.standard_signature(generic_body, at=stale), None),
        (
            "generic",
            generic_body,
            shop.standard_signature(generic_body, secret=other.secrets["generic"]),
            None,
        ),
        ("generic", generic_body, shop.standard_signature(generic_body, secret="whsec_"), None),
        ("easypost", easypost_body + b" ", good2, None),
        ("easypost", easypost_body, shop.easypost_signature(easypost_body, "wrong"), None),
        ("easypost", easypost_body, shop.easypost_signature(easypost_body, " "), None),
        ("easypost", easypost_body, shop.easypost_signature(easypost_body, other.secrets["easypost"]), None),
        ("easypost", easypost_body, good2, other.name),
        ("generic", generic_body, good, other.name),
        ("easypost", easypost_body, good2, "no-such-shop"),
        ("generic", generic_body, good, "no-such-shop"),
        ("generic", b"not json", {}, "no-such-shop"),
        ("shipstation", generic_body, good, None),
        ("shipstation", b"", {}, "no-such-shop"),
    ]
    answers = []
    async with unchanged(shop, order), unchanged(other):
        for source, body, headers, merchant in refused:
            answer = await shop.post_carrier_webhook(source, body, headers, merchant)
            assert answer.status == 401, (source, headers, merchant, answer.body)
            problem(answer, 401, "signature_invalid")
            varying = ("Date", "X-Request-ID", "RateLimit")  # of each request
            shown = {k: v for k, v in answer.headers.items() if k not in varying}
            answers.append((answer.body, shown))
    assert [one for one in answers if one != answers[0]] == []
    assert inbox(shop) == []
    assert (await shop.post_carrier_webhook("generic", generic_body, good)).status == 202
    assert (await parcel_after_scans(shop, order, 1))["status"] == "delivered"  # the same bytes, signed


@pytest.mark.parametrize("source", ["generic", "easypost"])
async def test_a_signed_message_that_cannot_be_read_is_kept_and_visible(source: str, shop: Shop) -> None:
    bodies = (b"{", b"[]", b'{"type": "tracking.updated", "description": "tracker.updated"}', b"\xff")
    for body in bodies:
        sign = shop.standard_signature if source == "generic" else shop.easypost_signature
        assert (await shop.post_carrier_webhook(source, body, sign(body))).status == 202
    kept = await until_processed(shop, len(bodies))
    assert {status for status, _ in kept} == {"dead"}
    named = ["body: model_type", "body.data: missing"]
    if source == "easypost":
        named = ["event: model_type", "result: model_type"]
    assert [reason for _, reason in kept] == [
        "not JSON in UTF-8: EOF while parsing an object at line 1 column 1",
        *named,
        "not JSON in UTF-8: expected value at line 1 column 1",
    ]
