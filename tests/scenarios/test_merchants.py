"""Merchants and their keys: listed, renamed, paused, resumed; an admin of one never reaches another."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from api.app import ENDPOINTS
from domain.actors import Role
from store.merchants.api_keys import CACHE_TTL
from tests.scenarios.admins import as_admin, as_platform, until
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import ShopifyShop, an_order

pytestmark = pytest.mark.databases_in_turn

ON_SQLITE = pytest.mark.parametrize(
    "kind", ["sqlite"]
)  # what differs between the databases is tested elsewhere


async def until_notice(shop: Shop, order: str, status: str) -> dict[str, Any]:
    """The letter about the cancelled order, once it has that status."""

    async def found() -> dict[str, Any] | None:
        notices = await shop.notices(order, "order_cancelled")
        return notices[0] if notices and notices[0]["status"] == status else None

    return await until(found)


async def test_merchants_are_listed_shown_and_renamed(
    deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    _, shop = [await Shop.create(deployment, http) for _ in range(2)]
    listed = (await as_platform(shop, "GET", "/v1/merchants?limit=1")).ok()
    assert (len(listed["items"]), listed["items"][0]["merchant"]) == (1, shop.name)
    assert (await as_platform(shop, "GET", f"/v1/merchants?limit=1&cursor={listed['next']}")).status == 200
    view = (await as_admin(shop, "PATCH", "", {"name": "Kettle & Sons"})).ok()
    assert (view["name"], view["status"], view["policy"]) == ("Kettle & Sons", "active", 1)
    order = await shop.place()
    (await shop.call("POST", f"/v1/orders/{order}/cancel", {}, key="cancel")).ok()
    notice = await until_notice(shop, order, "sent")
    assert "Kettle & Sons" in notice["text"]
    assert (await as_platform(shop, "GET", "/v1/merchants/no-such-shop")).status == 404
    for name in ("", "x" * 101, "two\nlines"):
        assert (await as_admin(shop, "PATCH", "", {"name": name})).status == 400


async def test_a_paused_merchant_starts_nothing_and_goes_on_with_what_is_under_way(shop: Shop) -> None:
    under_way = await shop.place(order_id="#before")
    paused = (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/pause")).ok()
    assert (paused["status"], paused["letters"]) == ("paused", "send")
    body = await shop.order_body()
    refused = await shop.call("POST", "/v1/orders", body)
    assert (refused.status, refused["code"]) == (409, "merchant_paused")
    assert (await shop.call("GET", f"/v1/orders/{under_way}")).status == 200
    (await shop.call("POST", f"/v1/orders/{under_way}/cancel", {}, key="cancel")).ok()
    await until_notice(shop, under_way, "sent")
    resumed = (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/resume")).ok()
    assert (resumed["status"], resumed["paused_at"]) == ("active", None)
    assert (await shop.call("POST", "/v1/orders", body)).status == 201
    actions = [line["action"] for line in (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]]
    assert [one for one in actions if one.startswith("merchant_")] == ["merchant_paused", "merchant_resumed"]


async def test_letters_wait_while_a_merchant_is_paused_with_them(shop: Shop) -> None:
    order = await shop.place()
    (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/pause", {"letters": "hold"})).ok()
    (await shop.call("POST", f"/v1/orders/{order}/cancel", {}, key="cancel")).ok()

    held = await until_notice(shop, order, "held")
    assert (held["reason"], held["held_until"], held["text"]) == ("merchant_paused", None, None)
    letter = f"/v1/orders/{order}/letters/{held['id']}"
    waiting = {"letter": held["id"], "subject": "", "text": "", "sent_at": None}
    assert (await shop.call("GET", letter)).ok().body == waiting
    (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/resume")).ok()
    await until_notice(shop, order, "sent")
    assert (await shop.call("GET", letter)).ok()["sent_at"] is not None


async def test_a_storefronts_order_waits_until_its_merchant_is_resumed(shopify_shop: ShopifyShop) -> None:
    shop, order = shopify_shop.shop, an_order()
    await shopify_shop.captured(order)
    (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/pause")).ok()
    (await shopify_shop.send("orders/paid", order)).ok()

    async def parked() -> dict[str, Any] | None:
        items = (await shop.call("GET", "/v1/inbox?status=parked", role="agent")).ok()["items"]
        return items[0] if items else None

    assert (await until(parked))["reason"] == "merchant_paused"
    (await as_platform(shop, "POST", f"/v1/merchants/{shop.name}/resume")).ok()
    assert [status for _, status, _ in await shopify_shop.until_processed()] == ["done"]
    await shopify_shop.view(order["id"])


@ON_SQLITE
async def test_a_merchants_admin_manages_its_keys(shop: Shop, http: aiohttp.ClientSession) -> None:
    listed = (await as_admin(shop, "GET", "/keys")).ok()["items"]
    assert {one["role"] for one in listed} == {*shop.keys}
    assert all(not ({"hash", "key"} & one.keys()) for one in listed)
    made = (await as_admin(shop, "POST", "/keys", {"role": "agent", "name": "Maria"})).ok()
    assert made["key"].startswith("smot_test_")
    assert (made["details"]["created_by"]["name"], made["details"]["status"]) == ("admin", "active")
    order, key_id = await shop.place(), made["details"]["id"]
    (await shop.call("POST", f"/v1/orders/{order}/cancel", {}, token=made["key"], key="cancel")).ok()
    assert {line["name"] for line in await shop.timeline(order) if line["role"] == "agent"} == {"Maria"}

    rotated = (await as_admin(shop, "POST", f"/keys/{key_id}/rotate", {"hours": 1})).ok()
    for text in (made["key"], rotated["key"]):
        assert (await shop.call("GET", "/v1/orders", token=text)).status == 200
    [old] = [one for one in (await as_admin(shop, "GET", "/keys")).ok()["items"] if one["id"] == key_id]
    assert (old["status"], old["replaced_by"]) == ("expiring", rotated["details"]["id"])
    assert (await as_admin(shop, "DELETE", f"/keys/{key_id}")).status == 204
    await asyncio.sleep(CACHE_TTL)
    assert (await shop.call("GET", "/v1/orders", token=made["key"])).status == 401
    assert (await as_admin(shop, "POST", f"/keys/{key_id}/rotate")).status == 409
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    new_id = rotated["details"]["id"]
    assert (await as_admin(shop, "PATCH", f"/keys/{new_id}", {"expires_at": past, "name": "M"})).ok()[
        "status"
    ] == "expired"
    for body in (
        {"role": "customer"},
        {"role": "system"},
        {"role": "king"},
        {"role": "agent", "name": "a\nb"},
    ):
        assert (await as_admin(shop, "POST", "/keys", body)).status == 400
    assert (await shop.call("GET", f"/v1/merchants/{shop.name}/keys", role="senior_agent")).status == 403


@ON_SQLITE
async def test_the_admin_of_one_merchant_reaches_no_other(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    named = [one for one in ENDPOINTS if "{merchant}" in one.path and Role.ADMIN in one.roles]
    assert len(named) > 15
    bodies = {
        "create_key": {"role": "agent"}, "change_key": {"name": "x"}, "change_merchant": {"name": "x"},
        "publish_policy": {"policy": {"window": 1}}, "check_policy": {"policy": {}}, "roll_back_policy": {"version": 1},
        "backtest_policy": {"policy": {}}, "set_webhook_secrets": {"secrets": []}, "set_merchant_mail": {},
        "put_carrier_account": {"source": "easypost", "key": "k"}, "put_payment_account": {"keys": {"secret_key": "k"}},
    }  # fmt: skip
    for one in named:
        path = one.path.format_map(
            {"merchant": other.name, "key": "x", "version": "1", "source": "generic", "provider": "stripe"}
        )
        answer = await shop.call(
            one.method, path + "?first=1&second=1" * ("diff" in path), bodies.get(one.name), role="admin"
        )
        assert answer.status in (403, 404), (one.name, answer.status, answer.body)
    for method, path in (("GET", "/v1/merchants"), ("POST", "/v1/merchants"), ("GET", "/metrics")):
        body = {"merchant": "sub-shop", "name": "x"} if method == "POST" else None
        assert (await shop.call(method, path, body, role="admin")).status == 403
    assert [one["version"] for one in (await as_admin(other, "GET", "/policies")).ok()["items"]] == [1]
    assert (await as_admin(other, "GET", "")).ok()["name"] == "A shop"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_merchants_and_keys_from_the_command_line(deployment: Deployment) -> None:
    data = ("--data", str(deployment.data))

    async def run(*words: str) -> str:
        code, out, err = await smot(*words, *data, env=deployment.env)
        assert code == 0, err
        return out

    name = f"named-{secrets.token_hex(4)}"
    exported = await run("merchants", "add", name, "--name", "The Named Shop")
    assert "ADMIN_KEY=smot_live_" in exported
    [line] = [one for one in (await run("merchants", "list")).splitlines() if one.startswith(name)]
    assert "The Named Shop" in line
    assert "active" in line
    code, _, err = await smot("merchants", "add", name, *data, env=deployment.env)
    assert (code, "smot keys add" in err) == (2, True)

    text = (await run("keys", "add", name, "agent", "--name", "Maria", "--days", "30")).strip()
    assert text.startswith("smot_live_")
    new = (await run("keys", "rotate", text.split("_")[2], name, "--hours", "2")).strip()
    [line] = [
        one for one in (await run("keys", "list", name)).splitlines() if one.startswith(new.split("_")[2])
    ]
    assert "agent" in line
    assert "Maria" in line
