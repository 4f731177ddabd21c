"""Whole lifecycles of orders per second, compared with the same messages on an empty workflow."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from temporalio.client import Client

from domain import keys
from tests.bench import floor
from tests.bench.environment import BenchEnvironment, bench_environment, kind_of
from tests.bench.figures import Figure, ratio
from tests.bench.lifecycles import lifecycle_of

AT_ONCE = 24
Job = Callable[[], Awaitable[object]]


class Round(NamedTuple):
    """Lifecycles per second; history events of a lifecycle; milliseconds of processor time of one, by process."""

    rate: float
    events: float
    cpu: dict[str, float]


async def measure(
    folder: Path, *, database: str | None = None, lifecycles: int = 96, rounds: int = 3
) -> list[Figure]:
    """The best of some rounds each, in turn; the first lifecycles of both are not counted."""
    async with bench_environment(folder, database) as on, on.worker(), on.floor_worker():
        plain = await Client.connect(on.temporal)
        await _ours(on, AT_ONCE)
        await _floor(on, plain, "warm", AT_ONCE)
        bare, real = [], []
        for number in range(rounds):
            bare.append(await _floor(on, plain, f"floor/{number}", lifecycles))
            real.append(await _ours(on, lifecycles))
    (rate, events, cpu), (floor_rate, floor_events, floor_cpu) = max(real, key=_rate), max(bare, key=_rate)
    of = {"events": events, "floor_events": floor_events, "cpu_ms": cpu, "floor_cpu_ms": floor_cpu}
    return [ratio(f"journeys/s ÷ floor, {kind_of(database)}", rate, floor_rate, 0.7, **of)]


def _rate(one: Round) -> float:
    return one.rate


async def _ours(on: BenchEnvironment, count: int) -> Round:
    merchant = await on.merchant()
    ready = [lifecycle_of(await on.place(order)) for order in await on.paid_orders(merchant, count)]
    jobs = [partial(lifecycle.run, on.journeys, on.client) for lifecycle in ready]
    names = [keys.workflow_id(merchant, lifecycle.order.order) for lifecycle in ready]
    return await _round(on, jobs, names)


async def _floor(on: BenchEnvironment, client: Client, name: str, count: int) -> Round:
    names = [f"{name}/{number}" for number in range(count)]
    return await _round(on, [partial(floor.run_lifecycle, client, name) for name in names], names)


async def _round(on: BenchEnvironment, jobs: Sequence[Job], names: Sequence[str]) -> Round:
    before = on.cpu()
    rate = await per_second(jobs, AT_ONCE)
    used = {name: round((after - before[name]) * 1000 / len(jobs), 1) for name, after in on.cpu().items()}
    some = [on.client.get_workflow_handle(name) for name in names[:: max(1, len(names) // 8)]]
    lengths = [len((await handle.fetch_history()).events) for handle in some]
    return Round(rate, round(sum(lengths) / len(lengths), 1), {n: ms for n, ms in used.items() if ms >= 0.1})


async def per_second(jobs: Sequence[Job], at_once: int) -> float:
    """Do all of them, so many at once. Returns how many per second."""
    left = iter(jobs)
    began = time.perf_counter()

    async def hand() -> None:
        for job in left:
            await job()

    async with asyncio.TaskGroup() as hands:
        for _ in range(at_once):
            hands.create_task(hand())
    return len(jobs) / (time.perf_counter() - began)
