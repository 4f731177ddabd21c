"""Helpers of the carrier scenarios: EasyPost's events, parcels under way, and processed deliveries."""

import json
import secrets
from datetime import datetime
from typing import Any

from tests.scenarios.helpers import ApiResponse, gbp
from tests.scenarios.problem_assertions import eventually, inbox
from tests.scenarios.shop import Shop


async def post_easypost(shop: Shop, body: bytes, secret: str | None = None) -> ApiResponse:
    return await shop.post_carrier_webhook("easypost", body, shop.easypost_signature(body, secret))


def easypost_event(
    number: str, *details: tuple[datetime, str, str], carrier: str = "UPS", **more: Any
) -> bytes:
    """A `tracker.updated` of EasyPost's with these (time, status, detail)."""
    scans = [
        {"datetime": at.isoformat(), "status": status, "status_detail": sub} for at, status, sub in details
    ]
    tracker = {"tracking_code": number, "carrier": carrier, "tracking_details": scans, **more}
    event = {"id": f"evt_{secrets.token_hex(8)}", "description": "tracker.updated", "result": tracker}
    return json.dumps(event).encode()


async def shipped(shop: Shop, **changes: Any) -> tuple[str, str]:
    """Place an order with one parcel. Returns our id of it and the tracking number."""
    order = await shop.place(**changes)
    return order, await shop.ship(order)


async def parcel_after_scans(shop: Shop, order: str, scans: int) -> dict[str, Any]:
    """The order's only parcel once that many scans are in it."""
    view = await shop.until(order, lambda view: view["parcels"][0]["scans"] >= scans)
    parcel: dict[str, Any] = view["parcels"][0]
    assert parcel["scans"] == scans
    return parcel


async def until_processed(shop: Shop, kept: int) -> list[tuple[str, str]]:
    """The shop's deliveries, once that many are stored and all are processed."""

    def all_read() -> bool:
        deliveries = inbox(shop)
        return len(deliveries) >= kept and all(status != "received" for status, _ in deliveries)

    await eventually(all_read)
    deliveries = inbox(shop)
    assert len(deliveries) == kept
    return deliveries


async def order_in_parcels(shop: Shop, numbers: list[str]) -> str:
    """Place an order of one line with a parcel for each unit. Returns our id of it."""
    line = {"line_id": "1", "sku": "S", "title": "T", "quantity": len(numbers), "unit_price": gbp(100)}
    order = await shop.place(lines=[line])
    for number in numbers:
        await shop.ship(order, number, lines=[{"line_id": "1", "quantity": 1}])
    return order
