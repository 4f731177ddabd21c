"""Over HTTP: goods for goods, with a shop's own stock and fulfilment systems as a process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop_system import ExchangingShop, SimulatedShops

pytestmark = pytest.mark.databases_in_turn


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def systems(
    tmp_path_factory: pytest.TempPathFactory, http: aiohttp.ClientSession
) -> AsyncIterator[SimulatedShops]:
    async with SimulatedShops.running(tmp_path_factory.mktemp("shops") / "shops.db", http) as running:
        yield running


@pytest.mark.scenario("S-44")
@pytest.mark.scenario("S-89")
async def test_an_even_exchange_moves_goods_and_no_money_and_the_new_goods_can_come_back(
    deployment: Deployment, systems: SimulatedShops
) -> None:
    there = await ExchangingShop.create(deployment, systems)
    shop = there.shop
    order, card = await shop.bought_one()
    quoted = (await there.quote(order, "MUG-BLUE")).ok()
    offers = {offer["resolution"]: offer for offer in quoted["quote"]["offers"]}
    assert set(offers) == {"refund", "store_credit", "exchange"}
    assert (offers["exchange"]["pays"], offers["exchange"]["to_pay"]) == (gbp(0), gbp(0))

    opened = (
        await shop.open(order, item("1"), resolution="exchange", quote=quoted["token"], fallback="refund")
    ).ok()
    reserved = await there.exchange(opened, "reserved")
    assert (await there.stock())["MUG-BLUE"] == 4
    assert reserved["exchange"]["reserved_until"] is not None
    letter = await shop.until_notice(order, "exchange_confirmed")
    assert "Mug, blue" in letter["text"]

    (await shop.drop_off(opened)).ok()
    await there.exchange(opened, "sending")
    [sending] = await there.until_asked()
    [goods] = sending["goods"]
    assert (goods["sku"], goods["quantity"]) == ("MUG-BLUE", 1)

    await shop.scan(await there.ship_new_goods(sending), "delivered")
    sent = await there.exchange(opened, "sent")
    assert [part["parcels"] for part in sent["exchange"]["parts"]] == [["p2"]]
    assert await shop.refunds(card) == []

    # The new mug is returned like the first one: the money that paid for both goes back, once.
    line = goods["line_id"]
    await shop.until(order, lambda view: view["stage"] == "delivered")
    again = (await shop.open(order, item(line))).ok()
    (await shop.drop_off(again)).ok()
    await shop.paid(order, again["return"]["return_id"])
    assert [one["amount"] for one in await shop.refunds(card)] == [1200]
    refused = await shop.open(order, item("1"))
    assert refused.reasons == ["units_unavailable"]


@pytest.mark.scenario("S-90")
async def test_dearer_goods_wait_for_the_payment_and_cheaper_ones_pay_back(
    deployment: Deployment, systems: SimulatedShops
) -> None:
    there = await ExchangingShop.create(deployment, systems)
    shop = there.shop
    order, card = await shop.bought()

    dearer = await there.open(order, "JUG")
    reserved = await there.exchange(dearer, "reserved")
    assert reserved["exchange"]["to_pay"] == gbp(500)
    assert "£5.00" in (await shop.until_notice(order, "exchange_confirmed"))["text"]
    (await shop.drop_off(dearer)).ok()
    assert await there.sendings() == []
    return_id = dearer["return"]["return_id"]
    tender = {"tender_id": "difference", "kind": "card", "amount": gbp(500), "payment": await shop.pay(500)}
    path = f"/v1/returns/{return_id}/exchange/payments"
    less = await shop.call("POST", path, {**tender, "amount": gbp(400)})
    assert less.reasons == ["more_than_due"]
    for _ in range(2):
        (await shop.call("POST", path, tender)).ok()
    [sending] = await there.until_asked()
    assert await shop.refunds(card) == []

    cheaper = await there.open(order, "BOWL")
    await there.exchange(cheaper, "reserved")
    (await shop.drop_off(cheaper)).ok()
    await there.until_asked(2)
    await shop.paid(order, cheaper["return"]["return_id"])
    assert [one["amount"] for one in await shop.refunds(card)] == [200]

    # The jug comes back: all that was paid for it goes back, on both cards together.
    await shop.scan(await there.ship_new_goods(sending), "delivered")
    await there.exchange(dearer, "sent")
    line = sending["goods"][0]["line_id"]
    await shop.until(order, lambda view: _arrived(view, line))
    again = (await shop.open(order, item(line))).ok()
    (await shop.drop_off(again)).ok()
    await shop.paid(order, again["return"]["return_id"])
    back = sum(one["amount"] for one in [*await shop.refunds(card), *await shop.refunds(tender["payment"])])
    assert back == 200 + 1700
    statement = (await shop.call("GET", f"/v1/orders/{order}/statement", role="finance")).ok()
    assert statement.body


async def test_without_goods_in_time_what_was_chosen_for_it_happens(
    deployment: Deployment, systems: SimulatedShops
) -> None:
    there = await ExchangingShop.create(deployment, systems, hold_hours=72)
    shop = there.shop
    order, card = await shop.bought()
    none = (await there.quote(order, "RARE")).ok()
    assert none["quote"]["exchange"] is None
    assert [(one["code"], one["details"]) for one in none["exchange_reasons"]] == [
        ("out_of_stock", {"sku": "RARE", "available": 0})
    ]

    # The shop's reservation ends before the goods come: they are paid as was chosen.
    late = await there.open(order, "MUG-BLUE", fallback="store_credit")
    await there.exchange(late, "reserved")
    await shop.advance_clock(hours=73)
    ended = await there.exchange(late, "fell_back")
    assert (ended["exchange"]["ended"], ended["resolution"]) == ("reservation_ended", "store_credit")
    assert (await shop.until_notice(order, "exchange_ended"))["text"]
    (await shop.drop_off(late)).ok()
    paid = await shop.paid(order, late["return"]["return_id"])
    assert [leg["to"] for one in paid["settlements"] for leg in one["legs"]] == ["credit"]

    # The fulfilment refuses: the value of the new goods goes back to the card.
    await there.fault("fulfilments", "refuse")
    refused = await there.open(order, "MUG-BLUE")
    await there.exchange(refused, "reserved")
    (await shop.drop_off(refused)).ok()
    await there.exchange(refused, "refused")
    await shop.until(order, lambda view: view["refunded"] == gbp(2400))
    assert [one["amount"] for one in await shop.refunds(card)] == [1200]
    assert (await there.stock())["MUG-BLUE"] == 5

    # The customer does not pay the difference: the original payment gets the money once the goods are here.
    unpaid = await there.open(order, "JUG")
    await there.exchange(unpaid, "reserved")
    await shop.advance_clock(days=3, hours=1)
    ended = await there.exchange(unpaid, "fell_back")
    assert ended["exchange"]["ended"] == "not_paid"
    (await shop.drop_off(unpaid)).ok()
    await shop.paid(order, unpaid["return"]["return_id"])
    assert sum(one["amount"] for one in await shop.refunds(card)) == 2400
    assert (await there.stock())["JUG"] == 5


async def test_who_waits_gets_the_goods_when_there_are_some_and_agents_may_end_it(
    deployment: Deployment, systems: SimulatedShops
) -> None:
    there = await ExchangingShop.create(deployment, systems)
    shop = there.shop
    order, card = await shop.bought()
    token = (await there.quote(order, "MUG-BLUE")).ok()["token"]
    await there.put_articles({"sku": "MUG-BLUE", "title": "Mug, blue", "price": None, "stock": 0})
    waiting = (await shop.open(order, item("1"), resolution="exchange", quote=token, fallback="wait")).ok()
    await there.exchange(waiting, "waiting_for_stock")
    (await shop.drop_off(waiting)).ok()
    await there.put_articles({"sku": "MUG-BLUE", "title": "Mug, blue", "price": None, "stock": 3})
    await shop.advance_clock(days=1, hours=1)
    await there.exchange(waiting, "sending")
    [sending] = await there.until_asked()

    # The agent ends it while nothing has left: the customer is paid, and the goods are back in stock.
    path = f"returns/{waiting['return']['return_id']}"
    (await shop.override(path, "end_exchange", resolution="refund")).ok()
    await shop.until(order, lambda view: view["refunded"] == gbp(1200))
    assert [one["amount"] for one in await shop.refunds(card)] == [1200]
    too_late = await shop.call("POST", f"/v1/{path}/exchange/reports", {"status": "rejected"})
    assert too_late.ok()["exchange"]["parts"][0]["status"] == "rejected"

    # An exchange that is switched to a refund gives its goods back; a cancelled return does, too.
    for action, more in (("change_resolution", {"resolution": "refund"}), ("cancel", {})):
        opened = await there.open(order, "MUG-BLUE")
        await there.exchange(opened, "reserved")
        (await shop.override(f"returns/{opened['return']['return_id']}", action, **more)).ok()
        await there.exchange(opened, "fell_back", "cancelled")
    async with asyncio.timeout(PATIENCE):
        while (await there.stock())["MUG-BLUE"] != 3:
            await asyncio.sleep(0.02)
    assert sending["goods"][0]["quantity"] == 1


async def test_a_shop_without_systems_of_its_own_offers_none_and_says_why(
    deployment: Deployment, systems: SimulatedShops
) -> None:
    there = await ExchangingShop.create(deployment, systems)
    order, _ = await there.shop.bought()
    there_now = (await there.shop.call("GET", "/v1/shop-system")).ok()
    assert there_now["url"] == f"{systems.base}/{there.shop.name}"
    assert "secret" not in there_now.body
    assert (await there.shop.call("POST", "/v1/shop-system/test")).ok()["answered"] is True
    for kind in ("garbage", "no_answer", "unavailable"):
        await there.fault("stock/articles", kind)
        tested = (await there.shop.call("POST", "/v1/shop-system/test")).ok()
        assert (tested["answered"], bool(tested["detail"])) == (False, True)
    await there.fault("stock/articles", "unavailable")
    quoted = (await there.quote(order, "MUG-BLUE")).ok()
    assert [one["details"] for one in quoted["exchange_reasons"]] == [{"why": "shop_does_not_answer"}]
    shown = (await there.shop.call("GET", f"/v1/orders/{order}/returnable")).ok()
    assert [one["code"] for one in shown["resolutions"]] == ["refund", "store_credit", "exchange"]
    assert (await there.shop.call("DELETE", "/v1/shop-system")).status == 204
    quoted = (await there.quote(order, "MUG-BLUE")).ok()
    assert [one["details"] for one in quoted["exchange_reasons"]] == [{"why": "no_shop_system"}]
    assert "exchange" not in [offer["resolution"] for offer in quoted["quote"]["offers"]]
    shown = (await there.shop.call("GET", f"/v1/orders/{order}/returnable")).ok()
    assert [one["code"] for one in shown["resolutions"]] == ["refund", "store_credit"]


def _arrived(view: dict[str, Any], line: str) -> bool:
    return any(one["line_id"] == line and one["arrived"] for one in view["lines"])
