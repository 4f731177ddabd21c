"""What happens here is seen in a shop on WooCommerce, once each, and what its staff do there is known here."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.adapters.woocommerce_shop import WooShop
from tests.patience import PATIENCE
from tests.scenarios.admins import as_platform
from tests.scenarios.helpers import gbp, item
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.test_reconcile_payments import differences, reconcile
from tests.scenarios.woocommerce import WooCommerceShop, an_order

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
KEYS = {"consumer_key": "ck_" + "a" * 40, "consumer_secret": "cs_" + "b" * 40}


@pytest_asyncio.fixture(loop_scope="session")
async def woo(tmp_path: Path, woocommerce_shop: WooCommerceShop) -> AsyncIterator[WooShop]:
    there = WooShop(tmp_path / "woo.db")
    await there.start()
    await there.control("POST", "keys", KEYS)
    shop = woocommerce_shop.shop
    path = f"/v1/merchants/{shop.name}/payments/woocommerce"
    body = {"keys": KEYS, "account": "https://shop.example", "base": there.base}
    (await as_platform(shop, "PUT", path, body)).ok()
    yield there
    # The comparison of this deployment must not wait for a shop that has gone.
    await as_platform(shop, "DELETE", path)
    await there.end()


def updates(there: WooCommerceShop) -> list[tuple[str, str]]:
    """Kind and status of what the shop is told, oldest first."""
    query = "SELECT key, status FROM storefront_updates WHERE merchant = ? ORDER BY id"
    rows = there.shop.deployment.rows(query, there.shop.name)
    return [(str(key).partition("/")[0], str(status)) for key, status in rows]


async def delivered(there: WooCommerceShop, body: dict[str, Any], payment: str) -> str:
    """The order of that body once all of it has arrived, paid at the sandbox provider; our id of it."""
    shop = there.shop
    paid = {"payment": payment, "account": shop.name, "amount": 8160, "currency": "GBP"}
    async with shop.http.post(shop.deployment.addresses["psp"] + "/payments", json=paid) as answer:
        assert answer.status == 201, await answer.text()
    await there.send("order.created", body)
    await there.until_processed()
    order: str = (await shop.view(str(body["id"])))["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    return order


async def delivered_as_it_is_there(
    woo: WooShop, woocommerce_shop: WooCommerceShop
) -> tuple[dict[str, Any], str]:
    """An order of the shop that has arrived: its body, and our id of it."""
    body = an_order()
    body["shipping_lines"][0]["id"] = 3
    await woo.control("POST", "orders", {"order": body})
    return body, await delivered(woocommerce_shop, body, str(body["id"]))


def is_behind(view: dict[str, Any]) -> bool:
    """Whether people are asked as the shop does not show all of the order."""
    return any(one["kind"] == "storefront_behind" for one in view["attention"])


async def test_a_return_is_noted_and_what_another_provider_paid_is_recorded_once(
    woo: WooShop, woocommerce_shop: WooCommerceShop
) -> None:
    shop, body = woocommerce_shop.shop, an_order()
    body["shipping_lines"][0]["id"] = 3
    for line in body["line_items"]:
        line["taxes"] = [{"id": 1, "total": line["total_tax"], "subtotal": line["subtotal_tax"]}]
    await woo.control("POST", "orders", {"order": body})
    order = await delivered(woocommerce_shop, body, str(body["id"]))
    first = (await shop.open(order, item("1"))).ok()
    second = (await shop.open(order, item("2"))).ok()
    await woo.arm("html_504_after")
    (await shop.receive(first["return"]["return_id"])).ok()
    await shop.paid(order, first["return"]["return_id"])
    await eventually(lambda: ("return_closed", "done") in updates(woocommerce_shop), PATIENCE)
    [row] = await woo.rows(str(body["id"]))
    assert (row["refunded_payment"], row["amount"], await woo.paid(str(body["id"]))) == (False, "14.40", [])
    assert row["reason"].startswith("smot record of ")
    assert [(one["quantity"], one["total"], one["total_tax"]) for one in row["line_items"]] == [
        (-1, "-12.00", "-2.40")
    ]
    assert (await woo.control("GET", f"orders/{body['id']}/stock"))["stock"] == {"1": 1}
    # The record comes back as a webhook, and is no second refund.
    changed = (await woo.rest("GET", f"/orders/{body['id']}")).body
    await woocommerce_shop.send("order.updated", changed)
    await woocommerce_shop.until_processed()
    assert (await shop.view(order))["refunded"] == gbp(1440)
    await shop.advance_clock(days=60)
    await eventually(lambda: ("return_expired", "done") in updates(woocommerce_shop), PATIENCE)
    notes = [note["note"] for note in reversed((await woo.rest("GET", f"/orders/{body['id']}/notes")).body)]
    assert len(notes) == len({*notes})
    told = [note.rpartition(" [smot ")[0] for note in notes]
    number, other = first["return"]["number"], second["return"]["number"]
    assert told[:2] == [
        f"Return {number} was opened for 1 unit, worth 14.40 GBP.",
        f"Return {other} was opened for 1 unit, worth 48.00 GBP.",
    ]
    assert f"1 unit of return {number} arrived so far." in told
    assert [one for one in told if one.startswith("14.40 GBP was refunded through sandbox")]
    assert told[-1].startswith(f"Return {other} has expired")
    # Staff refund the lamp there: what is left shrinks.
    by_staff = {"amount": "48.00", "reason": "kind"}
    assert (await woo.rest("POST", f"/orders/{body['id']}/refunds", by_staff)).status == 201
    changed = (await woo.rest("GET", f"/orders/{body['id']}")).body
    await woocommerce_shop.send("order.updated", changed)
    await woocommerce_shop.refunded({"id": body["id"]}, gbp(6240))


async def test_a_record_that_staff_delete_is_a_difference_until_it_is_closed(
    woo: WooShop, woocommerce_shop: WooCommerceShop
) -> None:
    shop = woocommerce_shop.shop
    body, order = await delivered_as_it_is_there(woo, woocommerce_shop)
    opened = (await shop.open(order, item("1"))).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    await eventually(lambda: ("refunded", "done") in updates(woocommerce_shop), PATIENCE)
    for _ in range(2):  # what the first brings is compared by the second
        code, out = await reconcile(shop)
        assert (code, "0 differ" in out) == (0, True), out
        await woocommerce_shop.until_processed()
    [row] = await woo.rows(str(body["id"]))
    assert (await woo.rest("DELETE", f"/orders/{body['id']}/refunds/{row['id']}", force="true")).status == 200
    await reconcile(shop)
    await woocommerce_shop.until_processed()
    code, out = await reconcile(shop)
    assert (code, [one["kind"] for one in await differences(shop)]) == (1, ["gone_from_shop"]), out
    assert (await shop.view(order))["refunded"] == gbp(1440)


async def test_a_record_that_the_shop_refuses_is_listed_and_sent_again_by_a_person(
    woo: WooShop, woocommerce_shop: WooCommerceShop
) -> None:
    shop = woocommerce_shop.shop
    body, order = await delivered_as_it_is_there(woo, woocommerce_shop)
    there = f"/orders/{body['id']}/refunds"
    by_staff = (await woo.rest("POST", there, {"amount": "80.00", "api_refund": False})).body
    opened = (await shop.open(order, item("1"))).ok()
    (await shop.drop_off(opened)).ok()
    await shop.until(order, lambda view: is_behind(view))
    [refused] = (await shop.call("GET", "/v1/storefront-updates", role="agent")).ok()["items"]
    assert (refused["order"], refused["kind"], refused["status"]) == (order, "refunded", "dead")
    assert (refused["shop_order"], refused["reference"]) == (str(body["id"]), "")
    assert refused["reason"] == "the shop refuses the refund: more than the order holds there"
    assert (await woo.rest("DELETE", f"{there}/{by_staff['id']}", force="true")).status == 200
    path, why = f"/v1/storefront-updates/{refused['id']}/replay", {"reason": "the staff took theirs back"}
    assert (await shop.call("POST", path, why, role="storefront")).status == 403
    assert (await shop.call("POST", path, why, role="agent")).status == 202
    await shop.until(order, lambda view: not is_behind(view))
    assert [row["amount"] for row in await woo.rows(str(body["id"]))] == ["14.40"]
    assert (await shop.call("POST", path, why, role="agent")).status == 404
    assert (await shop.call("GET", "/v1/storefront-updates", role="agent")).ok()["items"] == []
