"""Whatever is killed, whenever: what was promised happens, once."""

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.lives import OrderLifecycle
from tests.chaos.mortal import KillableDeployment, alive, until, view
from tests.scenarios.shop import Shop

CRASH_POINTS = [
    ("order.persisted", "place"), ("commit.persisted", "place"), ("inbox.persisted", "deliver"),
    ("inbox.signalled", "deliver"), ("commit.before", "open"), ("mail.accepted", "open"),
    ("pay.reserved", "drop_off"), ("pay.sent", "drop_off"), ("pay.called", "drop_off"), ("pay.posted", "drop_off"),
    ("commit.persisted", "receive"),
]  # fmt: skip


@pytest.fixture(scope="module")
def baselines() -> dict[str, dict[str, Any]]:
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def baseline(
    mortal: KillableDeployment, kind: str, lived: dict[str, dict[str, Any]], http: aiohttp.ClientSession
) -> dict[str, Any]:
    """What comes of the same life when nobody dies; lived once on each kind of database."""
    if kind not in lived:
        life = OrderLifecycle(mortal, await Shop.create(mortal, http))
        await life.run()
        lived[kind] = await life.outcome()
    return lived[kind]


async def test_the_baseline_is_worth_comparing_with(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["return"] == ("settled", "received", "paid", 2400)
    assert undisturbed["provider"] == [2400]
    assert undisturbed["legs"] == [("settled", 2400)]
    assert undisturbed["mails"] == len(undisturbed["notices"]) == 2


@pytest.mark.scenario("S-94")
@pytest.mark.parametrize(("point", "step"), CRASH_POINTS, ids=lambda one: str(one))
async def test_a_process_killed_at_any_crash_point_changes_nothing_about_the_outcome(
    mortal: KillableDeployment, http: aiohttp.ClientSession, undisturbed: dict[str, Any], point: str, step: str
) -> None:
    life = OrderLifecycle(mortal, await Shop.create(mortal, http))
    await life.run(before=lambda next_step: mortal.kill_at(point) if next_step == step else None)
    assert mortal.fired(point), "nobody died"
    assert await life.outcome() == undisturbed


class OrderBatch:
    """Thirty orders of one shop."""

    def __init__(self, house: KillableDeployment, shop: Shop) -> None:
        self.house, self.shop = house, shop
        self.lifecycles = [OrderLifecycle(house, shop) for _ in range(30)]
        self._door = asyncio.Semaphore(8)

    async def all(self, step: str) -> None:
        async def one(life: OrderLifecycle) -> None:
            async with self._door:
                await getattr(life, step)()

        await asyncio.gather(*(one(life) for life in self.lifecycles))

    async def placed(self, count: int) -> None:
        await until(lambda: sum(bool(life.order) for life in self.lifecycles) >= count)

    def parcels(self) -> int:
        found = self.house.rows("SELECT count(*) FROM parcels WHERE merchant = ?", self.shop.name)
        return int(found[0][0])

    def legs(self, status: str) -> int:
        found = self.house.rows(
            "SELECT count(*) FROM legs WHERE merchant = ? AND status = ?", self.shop.name, status
        )
        return int(found[0][0])


async def test_everything_is_killed_while_thirty_journeys_are_under_way_and_all_settle_once(
    house: KillableDeployment, http: aiohttp.ClientSession
) -> None:
    """Show 3: worker, Temporal server and the whole service, each by kill -9, payments in flight at the last."""
    await house.open()
    victims = list(house.parts().values())
    town = OrderBatch(house, await Shop.create(house, http))

    placing = asyncio.create_task(town.all("place"))
    await town.placed(8)
    await house.send_signal("worker")
    await placing
    shipping = asyncio.create_task(town.all("ship"))
    await until(lambda: town.parcels() >= 4)
    await house.send_signal("temporal")
    await shipping
    await town.all("deliver")
    await town.all("open")

    await town.shop.fault("hang", times=6, seconds=1.5)
    dropping = asyncio.create_task(town.all("drop_off"))
    await until(lambda: town.legs("sent") >= 1)
    victims += house.parts().values()
    await house.kill()
    assert town.legs("sent") >= 1, "no payment was in flight"
    await until(lambda: not any(alive(pid) for pid in victims))
    await house.reopen()
    await dropping
    await town.all("receive")

    await everything_is_there(town)
    code, said = await house.run_verify()
    assert code == 0, said
    victims += house.parts().values()
    assert await house.close() == 0
    assert not any(alive(pid) for pid in victims)
    assert house.open_count == 2


async def everything_is_there(town: OrderBatch) -> None:
    orders = [life.order for life in town.lifecycles]
    assert len(set(orders)) == 30
    for life in town.lifecycles:
        seen = await view(town.house, town.shop, life.order)
        assert [(one["status"], one["money"]) for one in seen["returns"]] == [("settled", "paid")]
        assert [one["amount"] for one in await town.shop.refunds(life.payment)] == [2400]
    assert Counter(
        town.house.rows("SELECT status, principal FROM legs WHERE merchant = ?", town.shop.name)
    ) == {("settled", 2400): 30}
