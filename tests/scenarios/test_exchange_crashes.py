"""Exchanges whose worker dies and whose shop does not answer: goods are kept, taken out and sent once, and no money moves."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from tests.scenarios.command_line import smot
from tests.scenarios.crashing_deployment import CrashingDeployment
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop_system import ExchangingShop, SimulatedShops

pytestmark = pytest.mark.databases_in_turn


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def systems(
    tmp_path_factory: pytest.TempPathFactory, http: aiohttp.ClientSession
) -> AsyncIterator[SimulatedShops]:
    async with SimulatedShops.running(tmp_path_factory.mktemp("shops") / "shops.db", http) as running:
        yield running


async def test_each_call_has_one_effect_though_the_worker_dies_and_answers_are_lost(
    crashing_deployment: CrashingDeployment, systems: SimulatedShops
) -> None:
    deployment = crashing_deployment
    there = await ExchangingShop.create(deployment, systems)
    shop = there.shop
    order, card = await shop.bought_one()

    for kind in ("effect_no_answer", "garbage"):
        await there.fault("stock/reservations", kind)
    opened = await there.open(order, "MUG-BLUE")
    deployment.kill_worker_at("commit.persisted")
    await there.exchange(opened, "reserved")
    await eventually(lambda: deployment.fired("commit.persisted"), PATIENCE)

    for call in ("stock/confirmations", "fulfilments"):
        await there.fault(call, "effect_no_answer")
    deployment.kill_worker_at("commit.persisted")
    async with asyncio.timeout(PATIENCE):
        while (await shop.drop_off(opened, nonce="one scan")).status == 503:
            await asyncio.sleep(0.1)
    [sending] = await there.until_asked()
    await there.exchange(opened, "sending")
    await eventually(lambda: deployment.fired("commit.persisted"), PATIENCE)
    await shop.scan(await there.ship_new_goods(sending), "delivered")
    await there.exchange(opened, "sent")
    await shop.until_notice(order, "exchange_sent", PATIENCE)

    assert len(await there.sendings()) == 1
    assert (await there.stock())["MUG-BLUE"] == 4
    assert await shop.refunds(card) == []
    letters = [one["kind"] for one in await shop.notices(order) if one["kind"].startswith("exchange")]
    assert sorted(letters) == ["exchange_confirmed", "exchange_sent"]
    code, printed, _ = await smot("verify", "--data", str(deployment.data), env=deployment.env)
    assert code == 0, printed
