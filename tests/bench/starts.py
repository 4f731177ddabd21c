"""Orders started per second with one and with two worker processes: the journey runs and its first snapshot is written."""

from functools import partial
from pathlib import Path

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
    merchant = await on.merchant()
    orders = await on.store_orders(merchant, count)
    return await per_second(
        [partial(on.journeys.ensure_started, merchant, it.order) for it in orders], AT_ONCE
    )
