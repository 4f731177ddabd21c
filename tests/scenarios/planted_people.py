"""People whose data come in by every door, each datum a text of its own, so that what is left of them can be searched for."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.patience import PATIENCE
from tests.scenarios.helpers import gbp
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import ShopifyShop, an_order
from tests.scenarios.woocommerce import SECRET as WOO_SECRET
from tests.scenarios.woocommerce import SITE, WooCommerceShop
from tests.scenarios.woocommerce import an_order as a_woo_order

RELAY_SECRET = "whsec_" + base64.b64encode(b"relay of the planted people 32 b").decode()
PLANTED_ENV = {
    **FAST_DELETION,
    **LOCAL_WEBHOOKS,
    "SMOT_MAIL_WEBHOOKS": json.dumps({"generic": RELAY_SECRET}),
}
SANDBOX = {
    "keys": {"webhook_secret": "whsec_" + base64.b64encode(b"provider of planted people 32 by").decode()}
}
_KINDS = (
    *("name", "street", "note", "agent", "own_name", "woo_name", "woo_street", "woo_note", "signer"),
    *(
        "message",
        "recipient",
        "unknown_recipient",
        "broken",
        "unread_reply",
        "report",
        "receipt",
        "staff_note",
    ),
    *("letter", "override", "goodwill", "request_key", "question", "comment"),
)


@dataclass
class PlantedPerson:
    """One person. `texts`: every datum by its kind; `orders`: their orders, our ids."""

    token: str = field(default_factory=lambda: secrets.token_hex(5))
    orders: list[str] = field(default_factory=list)
    tracking: str = ""
    payment: str = ""

    @property
    def texts(self) -> dict[str, str]:
        planted = {kind: f"Qz{self.token} {kind}" for kind in _KINDS}
        return {
            **planted,
            "mail": self.mail,
            "phone": self.phone,
            "tracker_mail": f"after-{self.token}@example.org",
        }

    @property
    def mail(self) -> str:
        return f"qz-{self.token}@example.org"

    @property
    def phone(self) -> str:
        return f"+4477{int(self.token, 16) % 10**8:08}"


async def live(shop: Shop, person: PlantedPerson) -> None:
    """All that happens to one person, until their money is back."""
    await _buys_in_storefronts(shop, person)
    await _buys_in_own_shop(shop, person)
    await _parcels(shop, person)
    await _broken_messages(shop, person)
    await _writes(shop, person)
    await _staff(shop, person)
    await _returns(shop, person)


async def set_up(shop: Shop) -> None:
    """Every sender that a merchant may have."""
    await ShopifyShop(shop).sign_with("shpss_" + "0" * 32)
    admin = {"Authorization": f"Bearer {shop.deployment.admin_key}"}
    base = f"{shop.deployment.addresses['api']}/v1/merchants/{shop.name}"
    body = {"secrets": [WOO_SECRET], "account": SITE}
    async with shop.http.put(f"{base}/webhook-secrets/woocommerce", json=body, headers=admin) as answer:
        assert answer.status == 200, await answer.text()
    async with shop.http.put(f"{base}/payments/sandbox", json=SANDBOX, headers=admin) as answer:
        assert answer.status < 300, await answer.text()
    made = (await shop.call("PUT", "/v1/channels/sms", {"url": "mailbox:"})).ok()
    shop.secrets["sms"] = made["secret"]


async def _buys_in_storefronts(shop: Shop, person: PlantedPerson) -> None:
    texts = person.texts
    address = {
        "name": texts["name"],
        "address1": texts["street"],
        "phone": person.phone,
        "country_code": "GB",
        "zip": "N1",
    }
    order = an_order(
        email=person.mail, note=texts["note"], shipping_address=address, phone=person.phone,
        client_details={"user_agent": texts["agent"], "browser_ip": "203.0.113.7"},
    )  # fmt: skip
    await ShopifyShop(shop).send("orders/paid", order)
    first, _, last = texts["woo_name"].partition(" ")
    billing = {
        "first_name": first,
        "last_name": last,
        "country": "GB",
        "address_1": texts["woo_street"],
        "email": person.mail,
    }
    woo = a_woo_order(billing=billing, shipping=billing, customer_note=texts["woo_note"], customer_id=0)
    await WooCommerceShop(shop).send("order.created", woo)
    for order_id in (order["id"], woo["id"]):
        person.orders.append(await _our_id(shop, str(order_id)))


async def _our_id(shop: Shop, order_id: str) -> str:
    deadline = time.monotonic() + 30
    while True:
        answer = await shop.call("GET", f"/v1/orders/{order_id}")
        if answer.status == 200:
            return str(answer.body["order"])
        assert time.monotonic() < deadline, answer.body


async def _buys_in_own_shop(shop: Shop, person: PlantedPerson) -> None:
    customer = {
        "customer_id": f"c-{person.token}",
        "name": person.texts["own_name"],
        "email": person.mail,
        "phone": person.phone,
    }
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)}
    body = await shop.order_body(customer=customer, lines=[line])
    person.payment = body["tenders"][0]["payment"]
    key, deadline = person.texts["request_key"].replace(" ", "-"), time.monotonic() + PATIENCE
    answer = await shop.call("POST", "/v1/orders", body, key=key)
    while answer.status == 503 and time.monotonic() < deadline:  # many come at once; it is taken, and starts
        await asyncio.sleep(0.2)
        answer = await shop.call("POST", "/v1/orders", body, key=key)
    person.orders.append(answer.ok()["order"])
    person.tracking = await shop.ship(person.orders[-1])


async def _parcels(shop: Shop, person: PlantedPerson) -> None:
    texts, now = person.texts, (await shop.now()).isoformat()
    detail = {"status": "in_transit", "datetime": now, "message": texts["message"]}
    tracker = {
        "tracking_code": person.tracking, "carrier": "UPS", "status": "in_transit",
        "signed_by": texts["signer"], "tracking_details": [detail],
    }  # fmt: skip
    event = {"id": f"evt_{person.token}", "description": "tracker.updated", "result": tracker}
    easypost = json.dumps(event).encode()
    await shop.post_carrier_webhook("easypost", easypost, shop.easypost_signature(easypost))
    customers = [{"email": texts["tracker_mail"]}]
    msg = {"tracking_number": person.tracking, "slug": "ups", "tag": "InTransit", "customers": customers}
    sent = {"event": "tracking_update", "event_id": f"a_{person.token}", "ts": int(time.time()), "msg": msg}
    aftership = json.dumps(sent).encode()
    digest = hmac.digest(shop.secrets["aftership"].encode(), aftership, hashlib.sha256)
    headers = {"aftership-hmac-sha256": base64.b64encode(digest).decode()}
    await shop.post_carrier_webhook("aftership", aftership, headers)
    unknown = {"recipient": texts["unknown_recipient"], "contact": person.mail}
    await shop.scan(f"UNKNOWN{person.token}", "in_transit", **unknown)
    await shop.scan(person.tracking, "delivered", recipient=texts["recipient"])
    await shop.until(person.orders[-1], lambda view: view["stage"] == "delivered")


async def _broken_messages(shop: Shop, person: PlantedPerson) -> None:
    """What cannot be read is kept whole."""
    texts, shopify, api = person.texts, ShopifyShop(shop), shop.deployment.addresses["api"]
    raw = f'{{"email": "{person.mail}", "note": "{texts["broken"]}"'.encode()
    assert (await shopify.raw(raw, shopify.headers("orders/paid", raw))).status == 202
    reply = json.dumps(
        {"type": "message.received", "data": {"from": person.mail, "x": texts["unread_reply"]}}
    ).encode()
    headers = shop.standard_signature(reply, secret=shop.secrets["sms"])
    async with shop.http.post(
        f"{api}/v1/webhooks/channels/sms/{shop.name}", data=reply, headers=headers
    ) as answer:
        assert answer.status == 202, await answer.text()
    diagnostic = f"550 <{person.mail}> {texts['report']}"
    report = json.dumps({"type": "mail.bounced", "data": {"letter": "0" * 32, "reason": diagnostic}}).encode()
    headers = {"Content-Type": "application/json", **shop.standard_signature(report, secret=RELAY_SECRET)}
    async with shop.http.post(f"{api}/v1/webhooks/mail/generic", data=report, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
    data = {
        "id": f"re_{person.token}", "payment": person.payment, "amount": gbp(100), "currency": "GBP", "status": "succeeded",
        "at": (await shop.now()).isoformat(), "receipt_email": texts["receipt"],
    }  # fmt: skip
    refund = json.dumps({"type": "refund", "data": data}).encode()
    headers = shop.standard_signature(refund, secret=SANDBOX["keys"]["webhook_secret"])
    headers["Content-Type"] = "application/json"
    url = f"{api}/v1/webhooks/payments/sandbox/{shop.name}"
    async with shop.http.post(url, data=refund, headers=headers) as answer:
        assert answer.status == 202, await answer.text()


async def _staff(shop: Shop, person: PlantedPerson) -> None:
    texts, order = person.texts, person.orders[-1]
    said: list[tuple[str, Any, str]] = [
        (f"/v1/orders/{order}/notes", {"text": texts["staff_note"]}, "agent"),
        (f"/v1/orders/{order}/replies", {"text": texts["letter"]}, "agent"),
        (f"/v1/orders/{order}/overrides", {"override": "note", "reason": texts["override"]}, "agent"),
    ]
    granted = {
        "amount": gbp(100),
        "reason": texts["goodwill"],
        "reference": person.token,
        "direction": "increase",
    }
    said.append((f"/v1/customers/c-{person.token}/credit/adjustments", granted, "finance"))
    for path, body, role in said:
        (await shop.call("POST", path, body, role=role, key=secrets.token_hex(8))).ok()


async def _writes(shop: Shop, person: PlantedPerson) -> None:
    """The customer asks a person, and says how it went."""
    order, api = person.orders[-1], shop.deployment.addresses["api"]
    question = {"text": person.texts["question"]}
    (await shop.call("POST", f"/v1/orders/{order}/messages", question, key=secrets.token_hex(8))).ok()
    asked = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok().body["open"]
    page, form = api + asked["page"], {"score": str(asked["scores"][0]), "comment": person.texts["comment"]}
    async with shop.http.post(page, data=form, headers={"Origin": api}) as answer:
        assert answer.status == 200, await answer.text()


async def _returns(shop: Shop, person: PlantedPerson) -> None:
    order = person.orders[-1]
    item = {"line_id": "1", "quantity": 1, "reason": "unwanted"}
    opened = (await shop.open(order, item)).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
