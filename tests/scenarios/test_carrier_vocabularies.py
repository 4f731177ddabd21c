"""Carriers' codes: each status has our meaning, and an unknown code has none."""

import base64
import hmac
import json
from datetime import datetime, timedelta

import pytest

from tests.scenarios.carrier_events import (
    easypost_event,
    order_in_parcels,
    parcel_after_scans,
    post_easypost,
    shipped,
)
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

_OURS = (
    "pre_transit", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "available_for_pickup",
    "delivered", "return_to_sender", "exception", "cancelled", "expired", "unknown",
)  # fmt: skip
_THEIRS = {
    ("pre_transit", "label_created"): "pre_transit",
    ("in_transit", "received_at_origin_facility"): "picked_up",
    ("in_transit", "departed_facility"): "in_transit",
    ("out_for_delivery", "out_for_delivery"): "out_for_delivery",
    ("available_for_pickup", "arrived_at_pickup_location"): "available_for_pickup",
    ("delivered", "arrived_at_destination"): "delivered",
    ("return_to_sender", "return"): "return_to_sender",
    ("failure", "damaged"): "exception",
    ("cancelled", "cancelled"): "cancelled",
    ("error", "expired"): "expired",
    ("unknown", "unknown"): "unknown",
}


async def _statuses(shop: Shop, order: str) -> dict[str, str]:
    view = await shop.until(order, lambda view: all(parcel["scans"] == 1 for parcel in view["parcels"]))
    return {parcel["tracking_number"]: parcel["status"] for parcel in view["parcels"]}


@pytest.mark.scenario("S-9")
async def test_every_status_of_ours_arrives_as_itself(shop: Shop) -> None:
    order = await order_in_parcels(shop, [f"N-{status}" for status in _OURS])
    at = (await shop.now()).isoformat()
    scans = {status: [{"at": at, "status": status}] for status in _OURS}
    await shop.post_webhook(
        *({"carrier": "UPS", "tracking_number": f"N-{w}", "scans": s} for w, s in scans.items())
    )
    assert await _statuses(shop, order) == {f"N-{status}": status for status in _OURS}


@pytest.mark.scenario("S-9")
async def test_every_status_of_easypost_means_what_it_should(shop: Shop) -> None:
    order = await order_in_parcels(shop, ["-".join(words) for words in _THEIRS])
    at = await shop.now()
    for status, sub in _THEIRS:
        assert (await post_easypost(shop, easypost_event(f"{status}-{sub}", (at, status, sub)))).status == 202
    expected = {f"{status}-{sub}": ours for (status, sub), ours in _THEIRS.items()}
    assert await _statuses(shop, order) == expected


@pytest.mark.scenario("S-9")
@pytest.mark.parametrize("source", ["generic", "easypost"])
@pytest.mark.parametrize("status", ["delivery_delayed", "zugestellt", "DELIVERED", "livré"])
async def test_an_unrecognised_status_is_kept_as_unknown_and_means_nothing(
    status: str, source: str, shop: Shop
) -> None:
    order, number = await shipped(shop)
    now = await shop.now()

    async def report(at: datetime) -> None:
        if source == "generic":
            await shop.scan(number, status, at)
        else:
            assert (
                await post_easypost(shop, easypost_event(number, (at, status, status), status=status))
            ).status == 202

    await report(now)
    parcel = await parcel_after_scans(shop, order, 1)
    assert (parcel["status"], parcel["since"], parcel["delivered_at"]) == ("unknown", None, None)
    await shop.scan(number, "in_transit", now + timedelta(minutes=1))
    await parcel_after_scans(shop, order, 2)
    await report(now + timedelta(minutes=2))
    parcel = await parcel_after_scans(shop, order, 3)
    assert (parcel["status"], parcel["delivered_at"]) == ("in_transit", None)
    view = await shop.view(order)
    assert (view["stage"], view["delivered"], view["delay_notices"]) == ("shipped", "none", [])
    assert await shop.notices(order) == []


@pytest.mark.scenario("S-9", "S-20")
async def test_aftership_is_accepted_and_its_local_times_are_shown_as_sent(shop: Shop) -> None:  # TRK-6
    order, number = await shipped(shop)
    day = (await shop.now()).date().isoformat()
    checkpoints = [
        {
            "tag": "InTransit",
            "subtag": "InTransit_002",
            "checkpoint_time": f"{day} 12:35 AM",
            "country_iso3": "USA",
        },
        {
            "tag": "InTransit",
            "subtag": "InTransit_099",
            "checkpoint_time": f"{day} 01:35 AM",
            "country_iso3": "USA",
        },
    ]
    msg = {"tracking_number": number, "slug": "ups", "tag": "InTransit", "checkpoints": checkpoints}
    body = json.dumps({"event": "tracking_update", "event_id": f"e-{number}", "msg": msg}).encode()
    secret = shop.secrets["aftership"].encode()
    signature = base64.b64encode(hmac.digest(secret, body, "sha256")).decode()
    refused = await shop.post_carrier_webhook("aftership", body + b"\n", {"aftership-hmac-sha256": signature})
    assert refused.status == 401
    taken = await shop.post_carrier_webhook("aftership", body, {"aftership-hmac-sha256": signature})
    assert (taken.status, taken["delivery"]) == (202, f"e-{number}")
    parcel = await parcel_after_scans(shop, order, 2)
    assert (parcel["status"], parcel["precision"], parcel["local"]) == (
        "in_transit",
        "local",
        f"{day}T01:35:00",
    )
    listed = await shop.call("GET", f"/v1/orders/{order}/parcels/{parcel['parcel']}/scans")
    assert [(item["status"], item["code"], item["local"]) for item in listed.ok()["items"]] == [
        ("picked_up", "InTransit/InTransit_002", f"{day}T00:35:00"),
        ("in_transit", "InTransit/InTransit_099", f"{day}T01:35:00"),
    ]
    assert (await shop.call("GET", f"/v1/orders/{order}/parcels/p9/scans")).status == 404
