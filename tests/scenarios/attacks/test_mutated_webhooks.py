"""Signed messages that somebody changed: nothing is taken in, and nothing fails on our side.

300 changes of each kind by default; `MUTATED_WEBHOOKS=3000` for the nightly run. The seed is fixed, so a failure is repeated.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.scenarios.attacks.raw_requests import raw_answer
from tests.scenarios.problem_assertions import inbox
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import DOMAIN, SECRET, ShopifyShop

pytestmark = pytest.mark.databases_in_turn

COUNT = int(os.environ.get("MUTATED_WEBHOOKS", "300"))
Headers = list[tuple[bytes, bytes]]
GENERIC = json.dumps(
    {
        "type": "tracking.updated",
        "data": {
            "parcels": [
                {
                    "carrier": "UPS",
                    "tracking_number": "1Z1",
                    "scans": [{"at": "2026-03-02T08:00:00Z", "status": "in_transit", "location": "Łódź"}],
                }
            ]
        },
    }
).encode()
EASYPOST = json.dumps(
    {"id": "evt_1", "object": "Event", "description": "tracker.updated", "result": {}}
).encode()
AFTERSHIP = json.dumps({"event_id": "e1", "event": "tracking_update", "msg": {}}).encode()
SHOPIFY = json.dumps({"id": 1, "order_id": 2, "created_at": "2026-03-02T08:00:00Z"}).encode()


def signed_by(shop: Shop) -> dict[str, Callable[[bytes], Headers]]:
    """How each source signs a body."""

    def generic(body: bytes) -> Headers:
        return [(name.encode(), value.encode()) for name, value in shop.standard_signature(body).items()]

    def easypost(body: bytes) -> Headers:
        return [(b"X-Hmac-Signature", shop.easypost_signature(body)["X-Hmac-Signature"].encode())]

    def aftership(body: bytes) -> Headers:
        value = hmac.digest(shop.secrets["aftership"].encode(), body, hashlib.sha256)
        return [(b"aftership-hmac-sha256", base64.b64encode(value))]

    def shopify(body: bytes) -> Headers:
        value = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256))
        named = {"Topic": "fulfillments/create", "Shop-Domain": DOMAIN, "Webhook-Id": secrets.token_hex(8)}
        return [
            (b"X-Shopify-Hmac-Sha256", value),
            *((f"X-Shopify-{name}".encode(), text.encode()) for name, text in named.items()),
        ]

    return {"generic": generic, "easypost": easypost, "aftership": aftership, "shopify": shopify}


BODIES = {"generic": GENERIC, "easypost": EASYPOST, "aftership": AFTERSHIP, "shopify": SHOPIFY}


async def post(shop: Shop, source: str, headers: Headers, body: bytes) -> tuple[int, Any]:
    kind = "storefronts" if source == "shopify" else "carriers"
    lines = [name + b": " + value for name, value in headers]
    path = f"/v1/webhooks/{kind}/{source}/{shop.name}"
    return await raw_answer(shop.deployment.port, "POST", path, lines, body)


def changed_bytes(random: Random, raw: bytes) -> bytes:
    """One byte of it is another, is gone, or is new; or it ends early."""
    at = random.randrange(len(raw))
    other = bytes([random.choice([byte for byte in range(0x21, 0x7F) if byte != raw[at]])])
    return random.choice(
        (raw[:at] + other + raw[at + 1 :], raw[:at] + raw[at + 1 :], raw[:at] + other + raw[at:], raw[:at])
    )


def forged(random: Random, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The message with another body, or with another, a doubled or no signature."""
    signatures = [
        place for place, (name, _) in enumerate(headers) if b"ignature" in name or b"mac" in name.lower()
    ]
    place = signatures[0]
    name, value = headers[place]
    rest = headers[:place] + headers[place + 1 :]
    match random.randrange(5):
        case 0:
            return headers, changed_bytes(random, body)
        case 1:
            return headers, random.choice(
                (body + b"\n", b"\xef\xbb\xbf" + body, body.decode().encode("utf-16"), body * 2)
            )
        case 2:
            return rest, body
        case 3:
            core = value.rstrip(b"=")  # whose last character may have bits that mean nothing
            return [*rest, (name, changed_bytes(random, core[:-1]) + core[-1:])], body
    return [
        *rest,
        (name, random.choice((b"", b"v1,", b"\xff", value[::-1], b"sha256=" + value, value[:12]))),
    ], body


async def test_a_forged_message_is_not_taken_in(shopify_shop: ShopifyShop) -> None:
    shop, random = shopify_shop.shop, Random("forged")
    sign = signed_by(shop)
    for number in range(COUNT):
        source = random.choice([*BODIES])
        headers, body = forged(random, sign[source](BODIES[source]), BODIES[source])
        status, answer = await post(shop, source, headers, body)
        assert (status, answer["code"]) == (401, "signature_invalid"), (number, source, headers, body)
    assert inbox(shop) == []


def changed_values(random: Random, value: Any) -> Any:
    """The same JSON with some values of another kind, size or form."""
    if random.random() < 0.15:
        odd = (
            None,
            True,
            -1,
            2**63,
            1e308,
            "",
            "\u202e",
            "x" * 5000,
            "9999-12-31T23:59:59-14:00",
            [],
            {},
            [[]],
            "😀" * 70,
        )
        return random.choice(odd)
    if isinstance(value, dict):
        return {
            name: changed_values(random, inside) for name, inside in value.items() if random.random() > 0.05
        }
    if isinstance(value, list):
        return [changed_values(random, inside) for inside in value] * random.choice((1, 1, 1, 30))
    return value


async def test_a_signed_message_of_any_form_never_fails_on_our_side(shopify_shop: ShopifyShop) -> None:
    shop, random = shopify_shop.shop, Random("signed")
    sign = signed_by(shop)
    for number in range(COUNT):
        source = random.choice([*BODIES])
        body = json.dumps(changed_values(random, json.loads(BODIES[source]))).encode()
        if random.random() < 0.2:
            body = changed_bytes(random, body)
        status, _ = await post(shop, source, sign[source](body), body)
        assert status in (202, 400), (number, source, status, body)


@pytest.mark.parametrize("source", [*BODIES])
async def test_what_is_not_changed_is_taken_in(shopify_shop: ShopifyShop, source: str) -> None:
    """Else the tests above would hold for any reason."""
    headers = signed_by(shopify_shop.shop)[source](BODIES[source])
    status, answer = await post(shopify_shop.shop, source, headers, BODIES[source])
    assert status in (202, 400), answer
    assert source != "generic" or status == 202
