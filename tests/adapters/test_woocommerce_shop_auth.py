"""The WooCommerce stand-in lets in whom WooCommerce lets in, and refuses with its words."""

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import quote

import pytest

from tests.adapters.woocommerce_shop import KEY, ROOT, SECRET, WooShop

BASIC = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


def refused(code: str, message: str) -> tuple[int, Any]:
    return 401, {"code": f"woocommerce_rest_{code}", "message": message, "data": {"status": 401}}


WRONG_SECRET = refused("authentication_error", "Consumer secret is invalid.")


async def orders(woo: WooShop, method: str = "GET", path: str = "/orders", **more: Any) -> tuple[int, Any]:
    answer = await woo.call(method, ROOT + path, **more)
    return answer.status, answer.body


async def test_w1_under_https_keys_by_basic_and_in_the_query_are_taken(woo: WooShop) -> None:
    assert (await orders(woo, headers={"Authorization": f"Basic {BASIC}"}))[0] == 200
    assert (await orders(woo, params={"consumer_key": KEY, "consumer_secret": SECRET}))[0] == 200
    wrong = {"consumer_key": KEY, "consumer_secret": "cs_other"}
    assert await orders(woo, params=wrong, headers={"Authorization": f"Basic {BASIC}"}) == WRONG_SECRET


async def test_w1_an_unknown_key_by_basic_is_a_guest(woo: WooShop) -> None:
    unknown = {"Authorization": "Basic " + base64.b64encode(b"ck_none:cs_none").decode()}
    view = refused("cannot_view", "Sorry, you cannot list resources.")
    assert await orders(woo, headers=unknown) == await orders(woo) == view
    status, body = await orders(woo, "POST", "/orders/801/refunds", headers=unknown, json={"amount": "1"})
    assert (status, body["code"]) == (401, "woocommerce_rest_cannot_create")


async def test_w1_a_key_may_only_read_and_dies_with_its_user(woo: WooShop) -> None:
    query = {"consumer_key": "ck_read", "consumer_secret": "cs"}
    await woo.control("POST", "keys", {**query, "permissions": "read"})
    assert (await orders(woo, params=query))[0] == 200
    assert await orders(woo, "POST", "/orders/801/refunds", params=query, json={"amount": "1"}) == refused(
        "authentication_error", "The API key provided does not have write permissions."
    )
    await woo.control("POST", "keys", {**query, "user_exists": False})
    assert (await orders(woo, params=query))[1]["code"] == "woocommerce_rest_cannot_view"


def oauth(
    woo: WooShop, *, key: str = KEY, secret: str = SECRET, method: str = "SHA256", shift: int = 0
) -> dict[str, str]:
    """Signed as the specification of OAuth 1.0a says, without a token."""
    given = {
        "oauth_consumer_key": key,
        "oauth_nonce": secrets.token_hex(8),
        "oauth_signature_method": f"HMAC-{method}",
        "oauth_timestamp": str(int(woo.now().timestamp()) + shift),
        "per_page": "5",
    }
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(given.items()))
    text = "&".join(quote(part, safe="") for part in ("GET", f"{woo.base}{ROOT}/orders", pairs))
    make = {"SHA256": hashlib.sha256, "SHA1": hashlib.sha1}[method]
    digest = hmac.digest(f"{secret}&".encode(), text.encode(), make)
    return {**given, "oauth_signature": base64.b64encode(digest).decode()}


@pytest.mark.parametrize("method", ["SHA256", "SHA1"])
async def test_w1_without_https_only_oauth_is_taken(woo: WooShop, method: str) -> None:
    await woo.settings(https=False)
    try:
        assert (await orders(woo, headers={"Authorization": f"Basic {BASIC}"}))[0] == 401
        signed = oauth(woo, method=method)
        assert (await orders(woo, params=signed))[0] == 200
        message = "Invalid nonce - nonce has already been used."
        assert await orders(woo, params=signed) == refused("authentication_error", message)
        for shift in (-901, 901):
            stale = await orders(woo, params=oauth(woo, method=method, shift=shift))
            assert stale == refused("authentication_error", "Invalid timestamp.")
        wrong = await orders(woo, params=oauth(woo, method=method, secret="cs_other"))
        message = "Invalid signature - provided signature does not match."
        assert wrong == refused("authentication_error", message)
        unknown = await orders(woo, params=oauth(woo, method=method, key="ck_none"))
        assert unknown == refused("authentication_error", "Consumer key is invalid.")
    finally:
        await woo.settings()


async def test_an_unknown_route_is_no_route(woo: WooShop) -> None:
    status, body = await orders(woo, path="/refund", headers={"Authorization": f"Basic {BASIC}"})
    assert (status, body["code"]) == (404, "rest_no_route")
