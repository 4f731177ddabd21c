"""An order is placed when it is written: whatever its journey, worker and Temporal do meanwhile, it can be read and goes on."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.killable_deployment import KillableDeployment, until
from tests.scenarios.shop import Shop


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KillableDeployment]:
    deployment = KillableDeployment(tmp_path_factory.mktemp("placing") / "data")
    await deployment.open()
    yield deployment
    await deployment.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(own: KillableDeployment, http: aiohttp.ClientSession) -> Shop:
    return await Shop.create(own, http)


@contextmanager
def frozen(deployment: KillableDeployment, part: str) -> Iterator[None]:
    """That part stands still meanwhile."""
    pid = deployment.parts()[part]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def intent(shop: Shop, order: str) -> str:
    [(intent,)] = shop.deployment.rows("SELECT intent FROM orders WHERE id = ?", order)
    return str(intent)


async def readable(shop: Shop, order: str) -> None:
    """Its status, its timeline and the page of its customer."""
    view = await shop.view(order)
    assert (view["seq"], view["stage"]) == (1, "placed")
    assert [line["action"] for line in await shop.timeline(order)] == ["placed"]
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links", {"hours": 1})).ok()
    async with shop.http.get(f"{shop.deployment.addresses['api']}/o/{link['token']}") as page:
        assert page.status == 200
    [listed] = (await shop.call("GET", "/v1/orders")).ok()["items"]
    assert listed["order"] == order


@pytest.mark.scenario("S-94")
async def test_an_order_placed_while_no_worker_runs_is_readable_at_once_and_goes_on(
    own: KillableDeployment, shop: Shop
) -> None:
    with frozen(own, "worker"):
        async with asyncio.timeout(3):
            order = await shop.place()
        await readable(shop, order)
    number = await shop.ship(order)
    await shop.scan(number, "in_transit")
    assert (await shop.view(order))["stage"] == "shipped"


@pytest.mark.scenario("S-94")
async def test_an_order_placed_while_temporal_is_away_is_taken_and_begins_by_itself(
    own: KillableDeployment, shop: Shop
) -> None:
    with frozen(own, "temporal"):
        order = await shop.place()
        await readable(shop, order)
        assert intent(shop, order) == "placed"
    await until(lambda: intent(shop, order) == "started")
    assert (await shop.view(order, live=True))["seq"] == 1
    await shop.ship(order)


async def test_the_same_order_twice_at_once_is_one_order_with_one_journey(
    own: KillableDeployment, shop: Shop
) -> None:
    body = await shop.order_body()
    answers = await asyncio.gather(*(shop.call("POST", "/v1/orders", body) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    assert all(answer.body == answers[0].body for answer in answers)
    order = answers[0].body["order"]
    await until(lambda: intent(shop, order) == "started")
    await shop.ship(order)
