"""The WooCommerce stand-in sends webhooks as WooCommerce does: once, with the order as it is then, until it gives up."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from simulators.payments.woocommerce.webhooks import sign
from tests.adapters.test_woocommerce_shop_refunds import INPUTS, real
from tests.adapters.woocommerce_receiver import WebhookReceiver
from tests.adapters.woocommerce_shop import WooShop, new_url


async def webhook(woo: WooShop, url: str, event: str = "updated", **more: Any) -> Any:
    body = {"topic": f"order.{event}", "delivery_url": url, "secret": "s3cret", **more}
    answer = await woo.rest("POST", "/webhooks", body)
    assert answer.status == 201
    return answer.body


async def change(woo: WooShop, order: Any) -> None:
    assert (await woo.rest("PUT", f"/orders/{order['id']}", {"customer_note": "x"})).status == 200


async def status_of(woo: WooShop, hook: Any) -> str:
    return str((await woo.rest("GET", f"/webhooks/{hook['id']}")).body["status"])


async def test_w11_creation_pings_without_signature_and_shows_no_secret(
    woo: WooShop, receiver: WebhookReceiver
) -> None:
    path = new_url()
    hook = await webhook(woo, receiver.url(path))
    [ping] = receiver.at(path)
    assert ping.body == f"webhook_id={hook['id']}".encode()
    assert ping.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not [name for name in ping.headers if name.startswith("X-WC")]
    assert "secret" not in hook
    assert (await webhook(woo, "http://127.0.0.1:1/nobody"))["status"] == "active"
    assert (
        (await woo.rest("POST", "/webhooks", {"topic": "order.paid"})).body["code"].endswith("invalid_topic")
    )
    bad = {"topic": "order.updated", "delivery_url": "ftp://x"}
    assert (await woo.rest("POST", "/webhooks", bad)).body["code"].endswith("invalid_delivery_url")


async def test_w11_the_seventh_failure_in_a_row_switches_off(woo: WooShop, receiver: WebhookReceiver) -> None:
    path = new_url()
    hook = await webhook(woo, receiver.url(path))
    order = await woo.order()
    await woo.settings(hold_webhooks=True)
    receiver.status = 500
    for number in range(1, 8):
        assert await status_of(woo, hook) == "active"
        await change(woo, order)
        await woo.control("POST", "deliver")
        assert len(receiver.at(path)) == 1 + number  # the ping, and one try for each change
    assert await status_of(woo, hook) == "disabled"
    assert hook["id"] in [one["id"] for one in (await woo.rest("GET", "/webhooks", status="disabled")).body]
    receiver.status = 200
    await change(woo, order)
    await woo.control("POST", "deliver")
    assert len(receiver.at(path)) == 8  # what happens meanwhile is never sent
    await woo.rest("PUT", f"/webhooks/{hook['id']}", {"status": "active"})
    await change(woo, order)
    await woo.control("POST", "deliver")
    assert len(receiver.at(path)) == 9
    await woo.rest("DELETE", f"/webhooks/{hook['id']}")
    await woo.settings()


async def test_w11_the_body_is_the_order_as_of_sending_and_one_second_has_one_id(
    woo: WooShop, receiver: WebhookReceiver
) -> None:
    path = new_url()
    hook = await webhook(woo, receiver.url(path))
    await woo.settings(hold_webhooks=True)
    orders = [await woo.order(), await woo.order()]
    for order in orders:
        await change(woo, order)
    await woo.rest("PUT", f"/orders/{orders[0]['id']}", {"customer_note": "last"})
    await woo.control("POST", "deliver")
    calls = receiver.at(path)[1:]
    assert [json.loads(call.body)["customer_note"] for call in calls] == ["last", "x", "last"]
    by_id: dict[str, set[bytes]] = {}
    for call in calls:
        by_id.setdefault(call.headers["X-WC-Webhook-Delivery-ID"], set()).add(call.body)
    assert len(by_id) < len(calls)  # at least two of the three fell into one second
    await woo.rest("DELETE", f"/webhooks/{hook['id']}")
    await woo.settings()


async def test_w11_the_signature_covers_the_raw_body_with_the_decoded_secret(
    woo: WooShop, receiver: WebhookReceiver
) -> None:
    path = new_url()
    hook = await webhook(woo, receiver.url(path), secret="smot &amp; sons")
    await change(woo, await woo.order())
    call = (await receiver.until(path, 2))[1]
    digest = hmac.digest(b"smot & sons", call.body, hashlib.sha256)
    assert call.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    await woo.rest("PUT", f"/webhooks/{hook['id']}", {"secret": ""})
    await change(woo, await woo.order())
    call = (await receiver.until(path, 3))[2]
    digest = hmac.digest(b"", call.body, hashlib.sha256)
    assert call.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    await woo.rest("DELETE", f"/webhooks/{hook['id']}")


@real
@pytest.mark.parametrize("place", range(3))
def test_w11_signatures_are_those_of_the_vectors(place: int) -> None:
    vector = json.loads((INPUTS / "signature_vector.json").read_text())["vectors"][place]
    secret = vector.get("secret", vector.get("secret_as_stored"))
    assert sign(secret, vector["body"].encode()) == vector["X-WC-Webhook-Signature"]


async def test_w12_a_refund_and_its_deletion_update_the_order_and_a_deleted_one_is_only_an_id(
    woo: WooShop, receiver: WebhookReceiver
) -> None:
    path, gone = new_url(), new_url()
    hooks = [
        await webhook(woo, receiver.url(path)),
        await webhook(woo, receiver.url(gone), "deleted"),
        await webhook(woo, receiver.url(gone), "restored"),
    ]
    order = await woo.order()
    refund = (await woo.rest("POST", f"/orders/{order['id']}/refunds", {"amount": "10", "reason": "r"})).body
    call = (await receiver.until(path, 2))[1]
    assert json.loads(call.body)["refunds"] == [{"id": refund["id"], "reason": "r", "total": "-10.00"}]
    assert (await woo.rest("DELETE", f"/orders/{order['id']}/refunds/{refund['id']}")).status == 501
    await woo.rest("DELETE", f"/orders/{order['id']}/refunds/{refund['id']}", force="true")
    assert json.loads((await receiver.until(path, 3))[2].body)["refunds"] == []
    assert await woo.paid(order["id"]) == ["10.00"]
    await woo.rest("DELETE", f"/orders/{order['id']}")
    call = (await receiver.until(gone, 3))[2]
    assert (json.loads(call.body), call.headers["X-WC-Webhook-Event"]) == ({"id": order["id"]}, "deleted")
    await woo.control("POST", f"orders/{order['id']}/restore")
    call = (await receiver.until(gone, 4))[3]
    assert json.loads(call.body)["id"] == order["id"]
    for hook in hooks:
        await woo.rest("DELETE", f"/webhooks/{hook['id']}")
