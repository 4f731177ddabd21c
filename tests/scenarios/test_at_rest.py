"""What stands in clear on the disk: of marked personal data that came in by every door, only what docs/operate.md names."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import pytest

from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import SECRET, ShopifyShop, an_order

# Sealed, hashed or not kept.
HIDDEN = {
    "name": "Qzname Qzsurname",
    "street": "Qzstreet 17",
    "phone": "+447700900888",
    "mail": "qzmail@example.org",
    "note": "qz leave it with my mother",
    "agent of the browser": "QzBrowser/7",
    "signer": "QZ SIGNER",
    "message": "qz left at the door",
    "other topic": "qzother@example.org",
    "recipient": "Qz Recipient",
    "aftership mail": "qzafter@example.org",
    "reply": "qz where is my parcel",
    "reply's number": "+447700900777",
    "customer id": "qz-customer-1",
    "own name": "Qzown Name",
    "own mail": "qzown@example.org",
    "token of the endpoint": "qztoken1",
    "token of the channel": "qztoken2",
    "Idempotency-Key": "qzkey@example.org",
    "reason of an agent": "qz she is ill",
    "message to a person": "qz my neighbour took it",
    "reason of a replay": "qz he called twice",
    "unreadable": "qzbroken@example.org",
    "name not followed": "Qzfollow",
}
# In clear, as docs/operate.md says.
CLEAR = {
    "order id": "QZ-1001",
    "postcode": "QZ1 9ZZ",
    "title": "Qz book",
    "sku": "QZSKU",
    "place of a scan": "Qzville",
}
H, C = HIDDEN, CLEAR


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_of_what_came_in_by_every_door_only_what_is_documented_is_in_clear(
    shop: Shop, deployment: Deployment
) -> None:
    await _storefront(shop)
    order = await _own_order(shop)
    await _carriers(shop)
    await _settings_and_replies(shop)
    await _agents(shop, order)
    await eventually(
        lambda: deployment.rows("SELECT COUNT(*) FROM inbox WHERE status = 'received'")[0][0] == 0, 20
    )
    files = [file for file in deployment.data.rglob("*") if file.is_file()]
    assert any(file.name == "smot.db" for file in files)
    assert any("temporal" in file.name for file in files)
    found = {name for name, text in {**HIDDEN, **CLEAR}.items() if _stands_in(text, files)}
    assert found - CLEAR.keys() == set()
    assert found == CLEAR.keys(), "the pages list what is in clear"


def _stands_in(text: str, files: list[Path]) -> bool:
    spellings = {text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")}
    return any(one in file.read_bytes() for file in files for one in spellings)


async def _storefront(shop: Shop) -> None:
    shopify = ShopifyShop(shop)
    await shopify.sign_with(SECRET)
    address = {
        "name": H["name"],
        "address1": H["street"],
        "phone": H["phone"],
        "country_code": "GB",
        "zip": C["postcode"],
    }
    await shopify.send(
        "orders/paid",
        an_order(
            email=H["mail"],
            phone=H["phone"],
            note=H["note"],
            shipping_address=address,
            client_details={"user_agent": H["agent of the browser"]},
        ),
    )
    await shopify.send(
        "customers/update", {"id": 1, "email": H["other topic"], "first_name": H["name not followed"]}
    )
    raw = b'{"email": "' + H["unreadable"].encode()
    assert (await shopify.raw(raw, shopify.headers("orders/paid", raw))).status == 202


async def _own_order(shop: Shop) -> str:
    line = {"line_id": "1", "sku": C["sku"], "title": C["title"], "quantity": 1, "unit_price": gbp(1200)}
    customer = {
        "customer_id": H["customer id"],
        "name": H["own name"],
        "email": H["own mail"],
        "phone": H["reply's number"],
    }
    body = await shop.order_body(C["order id"], customer=customer, lines=[line])
    answer = await shop.call("POST", "/v1/orders", body, key=H["Idempotency-Key"])
    order: str = answer.ok()["order"]
    await shop.ship(order, "1ZQZ")
    return order


async def _carriers(shop: Shop) -> None:
    now = (await shop.now()).isoformat()
    detail = {
        "status": "in_transit",
        "datetime": now,
        "message": H["message"],
        "tracking_location": {"city": C["place of a scan"]},
    }
    tracker = {
        "tracking_code": "1ZQZ",
        "carrier": "UPS",
        "status": "in_transit",
        "signed_by": H["signer"],
        "tracking_details": [detail],
    }
    easypost = json.dumps({"id": "evt_qz", "description": "tracker.updated", "result": tracker}).encode()
    await shop.post_carrier_webhook("easypost", easypost, shop.easypost_signature(easypost))
    scan = {"at": now, "status": "out_for_delivery", "location": C["place of a scan"]}
    await shop.post_webhook(
        {"carrier": "UPS", "tracking_number": "1ZQZ", "scans": [scan], "recipient": H["recipient"]}
    )
    msg = {
        "tracking_number": "1ZQZ",
        "slug": "ups",
        "tag": "InTransit",
        "customers": [{"email": H["aftership mail"]}],
    }
    aftership = json.dumps(
        {"event": "tracking_update", "event_id": "a_qz", "ts": int(time.time()), "msg": msg}
    ).encode()
    digest = hmac.digest(shop.secrets["aftership"].encode(), aftership, hashlib.sha256)
    await shop.post_carrier_webhook(
        "aftership", aftership, {"aftership-hmac-sha256": base64.b64encode(digest).decode()}
    )


async def _settings_and_replies(shop: Shop) -> None:
    (
        await shop.call(
            "POST",
            "/v1/webhook-endpoints",
            {"url": f"http://127.0.0.1:9/hook?token={H['token of the endpoint']}"},
        )
    ).ok()
    url = f"http://127.0.0.1:9/sms?token={H['token of the channel']}"
    (await shop.call("PUT", "/v1/channels/webhook", {"url": url})).ok()
    secret = (await shop.call("PUT", "/v1/channels/sms", {"url": "mailbox:"})).ok()["secret"]
    for text in ("STOP", H["reply"]):
        data = {"from": H["reply's number"], "text": text}
        await _reply(shop, secret, json.dumps({"type": "message.received", "data": data}).encode())
    await _reply(shop, secret, json.dumps({"type": "message.received", "data": {"from": H["mail"]}}).encode())


async def _reply(shop: Shop, secret: str, body: bytes) -> None:
    url = f"{shop.deployment.addresses['api']}/v1/webhooks/channels/sms/{shop.name}"
    async with shop.http.post(url, data=body, headers=shop.standard_signature(body, secret=secret)) as answer:
        assert answer.status == 202, await answer.text()


async def _agents(shop: Shop, order: str) -> None:
    override = {"override": "note", "reason": H["reason of an agent"]}
    (await shop.call("POST", f"/v1/orders/{order}/overrides", override, role="agent")).ok()
    message = {"text": H["message to a person"]}
    (await shop.call("POST", f"/v1/orders/{order}/messages", message, key="message")).ok()
    body = {"reason": H["reason of a replay"]}
    (await shop.call("POST", "/v1/inbox/replay", body, role="agent")).ok()
