"""A shop in which every text that anyone may write is hostile, and the addresses of all pages that show it."""

import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tests.scenarios.helpers import gbp
from tests.scenarios.people_of_a_shop import Colleague, colleague
from tests.scenarios.shop import AT_ONCE, Shop

HOSTILE: Final = tuple(
    (Path(__file__).parents[1] / "data/hostile_texts.txt").read_text(encoding="utf-8").splitlines()
)
MARKUP: Final = '"><img src=x onerror=alert(1)>'
_PARAMETERS: Final = (
    *(
        "q",
        "cursor",
        "after",
        "kind",
        "owner",
        "next",
        "lang",
        "dir",
        "from",
        "to",
        "item",
        "view",
        "email",
        "reason",
    ),
)


def hostile_query() -> str:
    """Every parameter that a page may read, hostile."""
    return "&".join(f"{name}={quote(MARKUP)}" for name in _PARAMETERS)


async def hostile_shop(deployment: Any, http: Any) -> Shop:
    """Its name and its looks are hostile too."""
    notices = {**AT_ONCE, "progress": ["shipped", "delivered"]}
    shop = await Shop.create(deployment, http, notices=notices, review_above={"GBP": 100})
    looks = {"name": MARKUP, "help_texts": {"en": MARKUP}}
    await _done(shop, "PUT", "/v1/branding", looks)
    await _done(shop, "PATCH", f"/v1/merchants/{shop.name}", {"name": MARKUP})
    await _done(
        shop, "PUT", "/v1/reply-macros/hostile", {"name": MARKUP, "text": MARKUP}, role="senior_agent"
    )
    await _done(shop, "POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/?x=1"})
    return shop


async def staff(shop: Shop) -> Colleague:
    """An admin with a hostile name."""
    return await colleague(shop, f"admin-{secrets.token_hex(3)}@example.org", "admin", MARKUP)


async def hostile_order(shop: Shop) -> str:
    """Delivered, returned in part, talked about: with all hundred texts. Returns our id of it."""
    lines = [
        {"line_id": f"<i>{n}", "sku": text[:64], "title": text, "quantity": 1, "unit_price": gbp(100)}
        for n, text in enumerate(HOSTILE)
    ]
    customer = {"customer_id": MARKUP, "name": MARKUP, "email": "evil@example.org"}
    body = await shop.order_body(order_id=f"{MARKUP}{secrets.token_hex(3)}", lines=lines, customer=customer)
    order: str = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order, carrier=MARKUP[:32])
    scan = {"code": MARKUP, "location": MARKUP, "reason": {"code": MARKUP}}
    await shop.scan(number, "in_transit", carrier=MARKUP[:32], scan=scan)
    await shop.scan(number, "delivered", carrier=MARKUP[:32], scan=scan)
    await shop.scan(f"{MARKUP}{secrets.token_hex(3)}", "in_transit", carrier=MARKUP[:32])
    await shop.until(order, lambda view: view["stage"] == "delivered")
    for start in range(0, 100, 25):
        text = {"text": "\n".join(HOSTILE[start : start + 25])[:2000]}
        for path, role in (("notes", "agent"), ("replies", "agent"), ("messages", "storefront")):
            await _done(shop, "POST", f"/v1/orders/{order}/{path}", text, role=role)
    override = {"override": "note", "reason": MARKUP}
    await _done(shop, "POST", f"/v1/orders/{order}/overrides", override, role="agent")
    return order


async def _done(shop: Shop, method: str, path: str, body: Any, role: str = "admin") -> Any:
    return (await shop.call(method, path, body, role=role, key=secrets.token_hex(8))).ok().body


async def names_in_paths(shop: Shop, order: str) -> dict[str, str]:
    """What the addresses of pages name."""
    opened = await _done(
        shop, "POST", f"/v1/orders/{order}/returns",
        {"items": [{"line_id": "<i>0", "quantity": 1, "reason": "unwanted"}], "resolution": "refund"}, role="storefront",
    )  # fmt: skip
    person = {"kind": "access", "person": {"email": "evil@example.org"}}
    request = await _done(shop, "POST", "/v1/privacy/requests", person)
    asked = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok().body["open"]
    endpoints = (await shop.call("GET", "/v1/webhook-endpoints", role="admin")).ok().body["items"]
    users = (await shop.call("GET", "/v1/users", role="admin")).ok().body["items"]
    panel = await _done(shop, "POST", "/v1/panel-links", {"email": "evil@example.org"}, role="agent")
    notice = (await shop.until_notice(order, "reply", 30))["id"]
    stated = {
        "merchant": shop.name,
        "name": MARKUP,
        "number": "<i>0",
        "email": "evil@example.org",
        "goods": MARKUP,
    }
    withdrawal = await _done(shop, "POST", "/v1/withdrawals", stated)
    return {
        "order": order, "return": opened["return"]["return_id"], "request": request["id"], "merchant": shop.name,
        "approval": "apr_0", "withdrawal": withdrawal["id"], "withdrawn": withdrawal["confirmation"],
        "token": (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"],
        "feedback": asked["page"], "endpoint": endpoints[0]["endpoint"], "user": users[0]["id"], "panel": panel["path"],
        "notice": str(notice), "number": "0", "version": "1", "command": "cancel", "accent": "336699",
    }  # fmt: skip
