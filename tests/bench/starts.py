"""Orders begun per second with one and with two worker processes: placed, the journey started, its first task done."""

import time
from functools import partial
from pathlib import Path

from domain.model.order import Order
from tests.bench.environment import BenchEnvironment, bench_environment, kind_of
from tests.bench.figures import Figure, ratio
from tests.bench.journeys import per_second

AT_ONCE = 32


async def measure(
    folder: Path, *, database: str | None = None, orders: int = 200, rounds: int = 2
) -> list[Figure]:
    """A second process is for PostgreSQL only: SQLite has one writer."""
    kind = kind_of(database)
    async with bench_environment(folder, database) as on, on.worker("worker-1"):
        await _begin(on, AT_ONCE)
        one = max([await _begin(on, orders) for _ in range(rounds)])
        figures = [Figure(f"starts/s, 1 worker, {kind}", round(one, 1), "per s")]
        if database is None:
            return figures
        async with on.worker("worker-2"):
            await _begin(on, AT_ONCE)
            two = max([await _begin(on, orders) for _ in range(rounds)])
    return [*figures, ratio(f"starts/s, 2 ÷ 1 workers, {kind}", two, one, None)]


async def _begin(on: BenchEnvironment, count: int) -> float:
    """Until the last journeys wait for their first message: what the worker has to do for a start counts too."""
    merchant = await on.merchant()
    orders = await on.paid_orders(merchant, count)
    began = time.perf_counter()
    await per_second([partial(_place, on, order) for order in orders], AT_ONCE)
    for order in orders[-AT_ONCE:]:
        await on.journeys.wait_until_idle(merchant, order.order)
    return count / (time.perf_counter() - began)


async def _place(on: BenchEnvironment, order: Order) -> None:
    placed = await on.place(order)
    await on.journeys.start(order.merchant, order.order, placed)
