"""A thousand orders that wait cost almost no processor time while they wait."""

import asyncio
import os
from pathlib import Path

import aiohttp
import pytest

from store.engine.columns import real_now
from tests.chaos.killable_deployment import children_of
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp
from tests.scenarios.shop import Shop

ORDERS = 1000
AT_ONCE = 24
LOOK = 3.0  # seconds
LOOKS = (
    10  # other work on the machine only ever adds to what is measured, so the least of several looks counts
)


def process_tree(parent: int) -> list[int]:
    """The process and all its descendants."""
    return [parent, *(one for child in children_of(parent) for one in process_tree(child))]


def seconds_of_cpu(deployment: Deployment, *, supervisor_only: bool = False) -> float:
    """Processor time that all processes of the deployment have used so far, or `smot up` itself."""
    assert deployment.process is not None
    ticks = 0
    for pid in [deployment.process.pid] if supervisor_only else process_tree(deployment.process.pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def share_of_a_core(deployment: Deployment, *, supervisor_only: bool = False) -> float:
    """Processor share of the deployment, or of `smot up` itself, while it gets no requests."""
    before = seconds_of_cpu(deployment, supervisor_only=supervisor_only)
    await asyncio.sleep(LOOK)
    return (seconds_of_cpu(deployment, supervisor_only=supervisor_only) - before) / LOOK


async def least_share_of_a_core(
    deployment: Deployment, enough: float, *, supervisor_only: bool = False
) -> float:
    """The least share of several looks; the first one that is below `enough` ends them."""
    least = await share_of_a_core(deployment, supervisor_only=supervisor_only)
    for _ in range(LOOKS - 1):
        if least < enough:
            break
        least = min(least, await share_of_a_core(deployment, supervisor_only=supervisor_only))
    return least


@pytest.mark.scenario("S-102")
async def test_a_thousand_idle_orders_cost_almost_no_work(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    deployment = Deployment(tmp_path / "data")
    await deployment.open()
    try:
        shop = await Shop.create(deployment, http, sandbox=False)  # in real time: each sets a timer
        await share_of_a_core(deployment)  # the cost of starting is over
        empty = await share_of_a_core(deployment)
        # It takes 0.01 or less on a quiet machine, and took 0.08 while it queried the tables all the time.
        own = await least_share_of_a_core(deployment, 0.04, supervisor_only=True)
        assert own < 0.04, own
        body = await shop.order_body(
            placed_at=real_now().isoformat(),
            promise={"day": "2099-03-07"},
            tenders=[{"tender_id": "gift", "kind": "gift_card", "amount": gbp(6995)}],
        )
        turns = asyncio.Semaphore(AT_ONCE)

        async def place(number: int) -> str:
            async with turns:
                placed = await shop.call("POST", "/v1/orders", {**body, "order_id": f"idle-{number}"})
            order: str = placed.ok()["order"]
            return order

        orders = await asyncio.gather(*(place(number) for number in range(ORDERS)))
        before = await asyncio.gather(*(shop.view(order) for order in orders[::100]))
        await share_of_a_core(deployment)  # the last commits, and the server's deferred work
        idle = await least_share_of_a_core(deployment, empty + 0.15)
        assert idle - empty < 0.15, (empty, idle)
        after = await asyncio.gather(*(shop.view(order, live=True) for order in orders[::100]))
        assert [one["seq"] for one in after] == [one["seq"] for one in before]
    finally:
        await deployment.close()
