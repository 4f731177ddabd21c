"""Over HTTP: goods for goods, with a shop's own stock and fulfilment systems as a process."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

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
