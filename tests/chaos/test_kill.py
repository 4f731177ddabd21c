"""Any part killed at any time: every effect still happens, once."""

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.killable_deployment import KillableDeployment, alive, until, view
from tests.chaos.order_lifecycle import OrderLifecycle
from tests.scenarios.shop import Shop

CRASH_POINTS = [
    ("order.persisted", "place"), ("order.started", "place"), ("commit.persisted", "ship"), ("inbox.persisted", "deliver"),
    ("inbox.signalled", "deliver"), ("commit.before", "open"), ("mail.accepted", "open"),
    ("pay.reserved", "drop_off"), ("pay.sent", "drop_off"), ("pay.called", "drop_off"), ("pay.posted", "drop_off"),
    ("commit.persisted", "receive"),
]  # fmt: skip


@pytest.fixture(scope="module")
def baselines() -> dict[str, dict[str, Any]]:
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def baseline(
    killable_deployment: KillableDeployment,
    kind: str,
    baselines: dict[str, dict[str, Any]],
    http: aiohttp.ClientSession,
) -> dict[str, Any]:
    """The outcome of the same lifecycle without a kill; run once on each kind of database."""
    if kind not in baselines:
        lifecycle = OrderLifecycle(killable_deployment, await Shop.create(killable_deployment, http))
        await lifecycle.run()
        baselines[kind] = await lifecycle.outcome()
    return baselines[kind]


async def test_the_baseline_is_worth_comparing_with(baseline: dict[str, Any]) -> None:
    assert baseline["return"] == ("settled", "received", "paid", 2400)
    assert baseline["provider"] == [2400]
    assert baseline["legs"] == [("settled", 2400)]
    assert baseline["mails"] == len(baseline["notices"]) == 2


@pytest.mark.databases_in_turn
@pytest.mark.scenario("S-94")
@pytest.mark.parametrize(("point", "step"), CRASH_POINTS, ids=lambda one: str(one))
async def test_a_process_killed_at_any_crash_point_changes_nothing_about_the_outcome(
    killable_deployment: KillableDeployment,
    http: aiohttp.ClientSession,
    baseline: dict[str, Any],
    point: str,
    step: str,
) -> None:
    lifecycle = OrderLifecycle(killable_deployment, await Shop.create(killable_deployment, http))
    await lifecycle.run(
        before=lambda next_step: killable_deployment.kill_at(point) if next_step == step else None
    )
    assert killable_deployment.fired(point), "no process died"
    assert await lifecycle.outcome() == baseline


class OrderBatch:
    """Thirty orders of one shop."""

    def __init__(self, deployment: KillableDeployment, shop: Shop) -> None:
        self.deployment, self.shop = deployment, shop
        self.lifecycles = [OrderLifecycle(deployment, shop) for _ in range(30)]
        self._door = asyncio.Semaphore(8)

    async def all(self, step: str) -> None:
        async def one(lifecycle: OrderLifecycle) -> None:
            async with self._door:
                await getattr(lifecycle, step)()

        await asyncio.gather(*(one(lifecycle) for lifecycle in self.lifecycles))

    async def placed(self, count: int) -> None:
        await until(lambda: sum(bool(lifecycle.order) for lifecycle in self.lifecycles) >= count)

    def parcels(self) -> int:
        rows = self.deployment.rows("SELECT count(*) FROM parcels WHERE merchant = ?", self.shop.name)
        return int(rows[0][0])

    def legs(self, status: str) -> int:
        rows = self.deployment.rows(
            "SELECT count(*) FROM legs WHERE merchant = ? AND status = ?", self.shop.name, status
        )
        return int(rows[0][0])


@pytest.mark.databases_in_turn
async def test_every_process_is_killed_while_thirty_journeys_run_and_all_settle_once(
    deployment: KillableDeployment, http: aiohttp.ClientSession
) -> None:
    """Show 3: worker, Temporal server and the whole service, each by kill -9, payments under way at the last."""
    await deployment.open()
    victims = list(deployment.parts().values())
    batch = OrderBatch(deployment, await Shop.create(deployment, http))

    placing = asyncio.create_task(batch.all("place"))
    await batch.placed(8)
    await deployment.send_signal("worker")
    await placing
    shipping = asyncio.create_task(batch.all("ship"))
    await until(lambda: batch.parcels() >= 4)
    await deployment.send_signal("temporal")
    await shipping
    await batch.all("deliver")
    await batch.all("open")

    await batch.shop.fault("hang", times=6, seconds=1.5)
    dropping = asyncio.create_task(batch.all("drop_off"))
    await until(lambda: batch.legs("sent") >= 1)
    victims += deployment.parts().values()
    await deployment.kill()
    assert batch.legs("sent") >= 1, "no payment was in flight"
    await until(lambda: not any(alive(pid) for pid in victims))
    await deployment.reopen()
    await dropping
    await batch.all("receive")

    await assert_nothing_lost(batch)
    code, report = await deployment.run_verify()
    assert code == 0, report
    victims += deployment.parts().values()
    assert await deployment.close() == 0
    assert not any(alive(pid) for pid in victims)
    assert deployment.open_count == 2


async def assert_nothing_lost(batch: OrderBatch) -> None:
    orders = [lifecycle.order for lifecycle in batch.lifecycles]
    assert len(set(orders)) == 30
    for lifecycle in batch.lifecycles:
        order_ = await view(batch.deployment, batch.shop, lifecycle.order)
        assert [(case["status"], case["money"]) for case in order_["returns"]] == [("settled", "paid")]
        assert [refund["amount"] for refund in await batch.shop.refunds(lifecycle.payment)] == [2400]
    assert Counter(
        batch.deployment.rows("SELECT status, principal FROM legs WHERE merchant = ?", batch.shop.name)
    ) == {("settled", 2400): 30}
