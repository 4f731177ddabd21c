"""A cart in which every line reaches the customer in another way, and a month of its life."""

from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.helpers import gbp
from tests.scenarios.shop import START, Shop

LINES = (
    ("mug", "Mug", "ship", {}),
    ("voucher", "Voucher", "digital", {}),
    ("lamp", "Lamp", "pickup", {}),
    ("book", "Book that appears in April", "later", {"expected_on": "2026-03-28"}),
    ("card", "Greeting card", "ship", {}),
)


def lines() -> list[dict[str, Any]]:
    return [
        {"line_id": name, "sku": name.upper(), "title": title, "quantity": 1, "unit_price": gbp(1000),
         "fulfilment": fulfilment, **more}
        for name, title, fulfilment, more in LINES
    ]  # fmt: skip


def on(day: int, hour: int = 12, month: int = 3) -> datetime:
    return START.replace(day=day, hour=hour, month=month)


async def pack(shop: Shop, order: str, line: str, **parcel: str) -> None:
    body = {**parcel, "lines": [{"line_id": line, "quantity": 1}]}
    (await shop.call("POST", f"/v1/orders/{order}/parcels", body)).ok()


async def hand_over(shop: Shop, order: str, status: str) -> None:
    (await shop.call("POST", f"/v1/orders/{order}/handovers", {"status": status}, role="warehouse")).ok()


async def play_a_month(shop: Shop, order: str) -> None:
    """The parcel is late and arrives; the letter leaves without a number; the lamp waits in the shop; the book is late too."""
    await shop.set_clock(on(3))
    await pack(shop, order, "mug", carrier="UPS", tracking_number=f"MIX{order[-8:]}")
    await pack(shop, order, "card", carrier="Post")
    await shop.set_clock(on(4))
    await shop.scan(f"MIX{order[-8:]}", "in_transit")
    await shop.until(order, lambda view: view["parcels"][0]["scans"] == 1)
    await shop.set_clock(on(5))
    await hand_over(shop, order, "ready")
    await shop.set_clock(on(9))
    await shop.scan(f"MIX{order[-8:]}", "delivered")
    await shop.until(order, lambda view: view["parcels"][0]["delivered_at"])
    await shop.set_clock(on(11))
    await hand_over(shop, order, "collected")
    await shop.set_clock(on(29))
    await pack(shop, order, "book", carrier="UPS", tracking_number=f"LATE{order[-8:]}")
    await shop.scan(f"LATE{order[-8:]}", "in_transit")
    await shop.until(order, lambda view: view["parcels"][2]["scans"] == 1)
    await shop.set_clock(on(30))
    await shop.scan(f"LATE{order[-8:]}", "delivered")
    await shop.until(order, lambda view: view["parcels"][2]["delivered_at"])
    await shop.set_clock(on(2, month=4) + timedelta(hours=6))


def read_aloud(notice: dict[str, Any]) -> str:
    """A letter as its reader gets it, without its footer."""
    text = str(notice["text"]).partition("\n-- \n")[0]
    return f"{notice['sent_at']} · {notice['kind']}\n{notice['subject_line']}\n\n{text}\n"
