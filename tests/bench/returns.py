"""Whole returns per second over HTTP: opened, dropped off, received, refunded; for 1, 8 and 16 clients at once."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.journeys import per_second
from tests.bench.processor_time import per_unit, processor_time
from tests.bench.scans import a_deployment, a_shop
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

GOAL = 16.0  # per second with 16 clients; a peer, Medusa 2.21 on PostgreSQL on such a machine: 2.8
POLL_INTERVAL = 0.05


async def measure(
    folder: Path,
    *,
    database: str | None = None,
    clients: Sequence[int] = (1, 8, 16),
    each: int = 8,
    rounds: int = 2,
) -> list[Figure]:
    """Each client returns one order after the other; `opening` is timed with one client alone."""
    figures, kind = [], kind_of(database)
    async with a_deployment(folder, database) as deployment, a_shop(deployment) as shop:
        await _returned(shop, await _bought(shop), [])
        for count in clients:
            measured, opening = [], list[float]()
            for _ in range(rounds):
                orders = await _many(shop, count * each)
                jobs = [partial(_returned, shop, order, opening) for order in orders]
                before = processor_time(deployment)
                rate = await per_second(jobs, count)
                measured.append((rate, per_unit(before, processor_time(deployment), len(jobs))))
            rate, cpu = max(measured, key=lambda one: one[0])
            goal, name = GOAL if count == 16 else None, f"returns/s, {count} clients, {kind}"
            figures.append(Figure(name, round(rate, 2), "per s", goal, of={"cpu_ms": cpu}))
            if count == 1:
                p50 = round(percentile(opening, 50) * 1000, 1)
                figures.append(Figure(f"opening a return, p50, {kind}", p50, "ms", 30.0, at_most=True))
    return figures


async def _many(shop: Shop, count: int) -> list[str]:
    orders: list[str] = []

    async def one() -> None:
        orders.append(await _bought(shop))

    await per_second([one] * count, 8)
    return orders


async def _bought(shop: Shop) -> str:
    """A delivered order of a production merchant. Returns our id of it."""
    now = datetime.now(UTC)
    day = (now + timedelta(days=5)).date().isoformat()
    body = await shop.order_body(placed_at=(now - timedelta(days=1)).isoformat(), promise={"day": day})
    body["tenders"][0]["provider"] = "sandbox"  # in a production shop no provider is meant unless it is named
    order: str = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order)
    await shop.scan(number, "delivered", now - timedelta(minutes=1))
    await shop.until(order, lambda view: view["stage"] == "delivered", seconds=60)
    return order


async def _returned(shop: Shop, order: str, opening: list[float]) -> None:
    began = time.perf_counter()
    opened = (await shop.open(order, item())).ok()
    opening.append(time.perf_counter() - began)
    return_id = opened["return"]["return_id"]
    (await shop.drop_off(opened)).ok()
    (await shop.receive(return_id)).ok()
    while (money := (await shop.get_return(return_id))["return"]["money"]) != "paid":
        assert money != "failed", "the refund was declined"
        await asyncio.sleep(POLL_INTERVAL)
