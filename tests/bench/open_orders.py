"""What one scan costs while many orders are open, beside the floor's workflow with as many open, and what is kept of each.

Signals go straight to the journeys, so that nothing but journeys is measured. The orders are chosen at random. At the end one
order is scanned until its history is as long as any, to see what its replay costs.

- cold: a worker that has just begun, so that each journey is replayed first.
- cached: the same journeys again.
- random: others, of which the worker has as many as its cache holds.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil
from sqlmodel import col, func, select
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from domain import keys
from domain.model.scan import ParcelStatus, Scan
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.scans import TrackingUpdated
from runtime.processes.worker import RUNNER
from store.tables.all import AuditRow
from tests.bench import floor
from tests.bench.environment import BenchEnvironment, bench_environment, kind_of
from tests.bench.figures import Figure, ratio
from tests.bench.floor_workflow import FloorJourney
from tests.bench.journey_opener import JourneyOpener
from tests.bench.journeys import per_second
from workflows.journey_input import LONG_HISTORY
from workflows.order_journey import OrderJourney

AT_ONCE = 24
HOW = ("cached", "random", "cold")
SCAN_EVENTS = 10  # that a scan adds to one of the floor's
HISTORIES = (50, 100, LONG_HISTORY - SCAN_EVENTS)  # events; a longer one is left behind


class OurOrders:
    """Journeys that are shipped and wait for their scans."""

    name = "worker"

    def __init__(self, on: BenchEnvironment, opener: JourneyOpener) -> None:
        self._on, self._opener, self.merchant = on, opener, opener.merchant
        self._sent = 0

    async def open_until(self, count: int) -> None:
        await self._opener.open_until(count)

    async def scan(self, which: Sequence[int]) -> float:
        """Scans per second, from the first until all are written."""
        began = time.perf_counter()
        await per_second([partial(self._scan, self._opener.orders[index]) for index in which], AT_ONCE)
        self._sent += len(which)
        while await self._written() < self._sent:
            await asyncio.sleep(0.02)
        return len(which) / (time.perf_counter() - began)

    async def _scan(self, order: str) -> None:
        now = datetime.now(UTC)
        scan = Scan(key=f"{order}/{now.timestamp()}", at=now, status=ParcelStatus.IN_TRANSIT)
        event = TrackingUpdated(parcel_id="p1", update=TrackingUpdate(scans=(scan,)))
        await self._on.journeys.signal(self._opener.merchant, order, event)

    async def _written(self) -> int:
        found = select(func.count(col(AuditRow.id))).where(
            AuditRow.merchant == self._opener.merchant, AuditRow.action == "parcel_scanned"
        )
        async with self._on.db.read_one() as session:
            return int((await session.exec(found)).one())


class FloorOrders:
    """As many of the floor's workflows."""

    name = "floor"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lengths: list[int] = []

    async def open_until(self, count: int) -> None:
        numbers = range(len(self._lengths), count)
        self._lengths += [0] * len(numbers)
        await per_second([partial(self._open, number) for number in numbers], AT_ONCE)

    async def _open(self, number: int) -> None:
        start: WithStartWorkflowOperation[FloorJourney, None] = WithStartWorkflowOperation(
            FloorJourney.run,
            f"open/{number}",
            id=f"open/{number}",
            task_queue=floor.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await self._client.execute_update_with_start_workflow(
            FloorJourney.place, start_workflow_operation=start
        )
        self._lengths[number] = (await (await start.workflow_handle()).describe()).history_length

    async def scan(self, which: Sequence[int]) -> float:
        began = time.perf_counter()
        await per_second([partial(self._scan, number) for number in which], AT_ONCE)
        for number in which:
            await self._until_written(number)
        return len(which) / (time.perf_counter() - began)

    async def _scan(self, number: int) -> None:
        await self._client.get_workflow_handle(f"open/{number}").signal(FloorJourney.receive, "in_transit")

    async def _until_written(self, number: int) -> None:
        handle, written = (
            self._client.get_workflow_handle(f"open/{number}"),
            self._lengths[number] + SCAN_EVENTS,
        )
        while (length := (await handle.describe()).history_length) < written:
            await asyncio.sleep(0.02)
        self._lengths[number] = length


@dataclass(frozen=True)
class Scans:
    """Of one round: scans per second; milliseconds of processor time a scan, of worker, Temporal and database together."""

    rate: float
    cpu: float


@dataclass(frozen=True)
class Costs:
    """Of scans; and the worker's memory for an open order, in bytes."""

    cold: Scans
    cached: Scans
    random: Scans
    memory: float


async def measure(
    folder: Path,
    *,
    database: str | None = None,
    levels: Sequence[int] = (300, 10_000),
    batch: int = 300,
    rounds: int = 2,
) -> list[Figure]:
    """At the fewest and at the most open orders: how much more a scan costs, ours beside the floor's.

    Costs are processor time, which other programs of the machine change less than rates.
    """
    kind, found = kind_of(database), {}
    async with bench_environment(folder, database) as on:
        opener = JourneyOpener(await on.merchant(sandbox=False), on.db, on.client)
        plain = await Client.connect(on.temporal)
        both = (OurOrders(on, opener), FloorOrders(plain))
        for level in levels:
            for orders in both:
                found[orders.name, level] = await _at(on, orders, level, batch, rounds)
        replays = await _replays(on, both[0], opener.orders[0])
    few, many = min(levels), max(levels)
    return [
        *(_costs(found, level, kind) for level in levels),
        *(_growth(found, few, many, how, kind) for how in HOW),
        *replays,
    ]


async def _at(
    on: BenchEnvironment, orders: OurOrders | FloorOrders, level: int, batch: int, rounds: int
) -> Costs:
    worker = on.worker if orders.name == "worker" else on.floor_worker
    async with worker():
        empty = _memory(on, orders.name)
        await orders.open_until(level)
        memory = (_memory(on, orders.name) - empty) / level
    dice = random.Random(level)
    some = dice.sample(range(level), min(batch, level))
    async with worker():
        cold = await _scans(on, orders, some)
        cached = [await _scans(on, orders, some) for _ in range(rounds)]
        mixed = [await _scans(on, orders, dice.sample(range(level), len(some))) for _ in range(rounds)]
    return Costs(cold, _least(cached), _least(mixed), memory)


async def _scans(on: BenchEnvironment, orders: OurOrders | FloorOrders, which: Sequence[int]) -> Scans:
    before = _of_processes(on)
    rate = await orders.scan(which)
    return Scans(rate, (_of_processes(on) - before) * 1000 / len(which))


def _of_processes(on: BenchEnvironment) -> float:
    """Seconds of processor time of all processes but this one, which only sends and polls."""
    return sum(seconds for name, seconds in on.cpu().items() if name != "driver")


def _least(rounds: Sequence[Scans]) -> Scans:
    return min(rounds, key=lambda one: one.cpu)


def _memory(on: BenchEnvironment, name: str) -> int:
    return int(psutil.Process(on.processes[name]).memory_info().rss)


def _costs(found: dict[tuple[str, int], Costs], level: int, kind: str) -> Figure:
    ours, bare = found["worker", level], found["floor", level]
    of = {
        "cold": ours.cold.rate, "random": ours.random.rate, "kb_each": round(ours.memory / 1024, 1),
        **{f"{how}_cpu_ms": getattr(ours, how).cpu for how in HOW},
        **{f"floor_{how}_cpu_ms": getattr(bare, how).cpu for how in HOW},
    }  # fmt: skip
    return Figure(f"scans/s, {level} open, {kind}", round(ours.cached.rate, 1), "per s", of=of)


def _growth(found: dict[tuple[str, int], Costs], few: int, many: int, how: str, kind: str) -> Figure:
    """How much more a scan costs with the most open than with the fewest, divided by how much more the floor's does."""

    def grown(name: str) -> float:
        less, more = (getattr(found[name, level], how).cpu for level in (few, many))
        return float(more / less)

    figure = ratio(f"growth {few} to {many}, {how}, {kind}", grown("worker"), grown("floor"), None)
    return Figure(figure.name, figure.value, "ratio", 1.15, at_most=True, of=figure.of)


async def _replays(on: BenchEnvironment, orders: OurOrders, order: str) -> list[Figure]:
    """Milliseconds of processor time to replay that order's history, at some lengths; in one process with nothing else."""
    handle, figures = on.client.get_workflow_handle(keys.workflow_id(orders.merchant, order)), []
    async with on.worker():
        for length in HISTORIES:
            while (await handle.describe()).history_length < length:
                await orders.scan([0])
            history = await handle.fetch_history()
            took = min([await _replayed(history) for _ in range(3)])
            figures.append(Figure(f"replay of {len(history.events)} events", round(took * 1000, 1), "ms"))
    return figures


async def _replayed(history: WorkflowHistory) -> float:
    replayer = Replayer(
        workflows=[OrderJourney], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    began = time.process_time()
    await replayer.replay_workflow(history)
    return time.process_time() - began
