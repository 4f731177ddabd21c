"""What happens here is seen in a shop on Shopify, once each, and what its staff do there is known here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.adapters.shopify_shop import running_shop
from tests.patience import PATIENCE
from tests.scenarios.helpers import gbp, item
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shopify import ShopifyShop, an_order
from tests.scenarios.shopify_standin import TOKEN, StandInShop
from tests.scenarios.test_reconcile_payments import reconcile

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest_asyncio.fixture(loop_scope="session")
async def there(tmp_path: Path, shopify_shop: ShopifyShop) -> AsyncIterator[StandInShop]:
    async with running_shop(tmp_path / "shop.db") as process:
        there = await StandInShop.create(process, shopify_shop)
        yield there
        await there.close()


async def test_a_return_that_shopify_pays_is_opened_paid_and_closed_there_once(
    there: StandInShop, shopify_shop: ShopifyShop
) -> None:
    shop, body = shopify_shop.shop, an_order()
    order_there = await there.order(body)
    mugs, lamp = (str(line["id"]) for line in body["line_items"])
    lines = [
        {"line_id": mugs, "sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": gbp(1200)},
        {"line_id": lamp, "sku": "LAMP", "title": "Lamp", "quantity": 1, "unit_price": gbp(4000)},
    ]
    tender = {
        "tender_id": "card", "kind": "card", "amount": gbp(6800), "payment": there.payment(order_there),
        "provider": "shopify",
    }  # fmt: skip
    order, _ = await shop.bought(order_id=str(body["id"]), lines=lines, shipping=gbp(400), tenders=[tender])
    opened = (await shop.open(order, item(mugs))).ok()
    await eventually(lambda: there.updates()[:1] == [("return_opened", "done", "")], PATIENCE)
    assert await there.returns(order_there) == [("OPEN", 1, 0)]
    await there.process.arm("cut_after", field="returnProcess")
    (await shop.drop_off(opened)).ok()
    case = await shop.paid(order, opened["return"]["return_id"])
    (await shop.receive(case["return_id"])).ok()
    await eventually(lambda: ("return_closed", "done", "") in there.updates(), PATIENCE)
    assert await there.returns(order_there) == [("CLOSED", 1, 1)]
    shown = await there.shown(order_there)
    assert shown["totalRefundedSet"]["shopMoney"]["amount"] == "12.0"
    assert [one["return"] is not None for one in shown["refunds"]] == [True]
    # The shop reported the refund before our answer was written; it is entered once.
    await shopify_shop.until_processed()
    view = await shop.view(order)
    assert (view["refunded"], view["attention"]) == (gbp(1200), [])
    assert await there.process.mails() == []


async def test_what_another_provider_pays_is_recorded_and_an_expired_return_is_closed(
    there: StandInShop, shopify_shop: ShopifyShop
) -> None:
    shop, body = shopify_shop.shop, an_order()
    order_there = await there.order(body, gateway="manual")
    order = await there.delivered(body, "1Z999")
    mugs, lamp = (str(line["id"]) for line in body["line_items"])
    first = (await shop.open(order, item(mugs))).ok()
    second = (await shop.open(order, item(lamp))).ok()
    await there.process.arm("cut_after", field="refundCreate")
    (await shop.drop_off(first)).ok()
    await shop.paid(order, first["return"]["return_id"])
    (await shop.receive(first["return"]["return_id"])).ok()
    await shop.advance_clock(days=60)
    await eventually(lambda: ("return_expired", "done", "") in there.updates(), PATIENCE)
    assert second["return"]["status"] == "authorized"
    assert sorted(await there.returns(order_there)) == [("CLOSED", 1, 0), ("CLOSED", 1, 1)]
    [record] = (await there.shown(order_there))["refunds"]
    assert record["note"].startswith("smot record of ")
    await shopify_shop.until_processed()
    # What was recorded there comes back as a webhook, and is no second refund.
    view = await shop.view(order)
    assert view["refunded"] == gbp(1200)
    # Staff refund the lamp in the shop: what is left shrinks.
    await there.staff_refund(order_there, "40.00")
    await shopify_shop.until_processed()
    await shop.until(order, lambda view: view["refunded"] == gbp(5200))


async def test_a_shop_that_is_down_holds_nothing_up_and_gets_it_later(
    there: StandInShop, shopify_shop: ShopifyShop
) -> None:
    shop, body = shopify_shop.shop, an_order()
    order_there = await there.order(body, gateway="manual")
    order = await there.delivered(body, "1Z998")
    await there.process.arm("http_503")
    opened = (await shop.open(order, item(str(body["line_items"][0]["id"])))).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    await eventually(lambda: [one[1] for one in there.updates()[:2]] == ["done", "done"], PATIENCE)
    assert await there.returns(order_there) == [("OPEN", 1, 0)]


async def test_a_refund_whose_webhook_was_lost_is_found_and_what_is_not_entered_is_a_difference(
    there: StandInShop, shopify_shop: ShopifyShop
) -> None:
    shop, body = shopify_shop.shop, an_order()
    order_there = await there.order(body, gateway="manual")
    order = await there.delivered(body, "1Z997")
    await there.process.shop(webhook_url="", currency="GBP", token=TOKEN)
    await there.staff_refund(order_there, "10.00")
    code, out = await reconcile(shop)
    assert (code, "0 differ" in out) == (0, True), out
    await shop.until(order, lambda view: view["refunded"] == gbp(1000))
    code, out = await reconcile(shop)
    assert (code, "0 differ" in out) == (0, True), out
    assert (await shop.view(order))["refunded"] == gbp(1000)
