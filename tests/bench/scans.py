"""Scans per second from a carrier's webhook to the written state, with few and with many open journeys.

Cold: right after the worker was restarted, so that each journey is replayed first. Cached: the same journeys again.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil

from tests.bench import wire
from tests.bench.api_requests import a_scan, signed
from tests.bench.environment import kind_of
from tests.bench.figures import Figure, ratio
from tests.bench.journey_opener import JourneyOpener
from tests.scenarios.command_line import OWN_INTERPRETER
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import START, Shop

CONNECTIONS = 8
WRITE_TIMEOUT = 150.0  # seconds for all sent scans to be written
UNLIMITED = {
    "SMOT_RATE_WEBHOOKS": "1000000/second",
    "SMOT_RATE_READS": "1000000/second",
    "SMOT_RATE_WRITES": "off",
}


async def measure(
    folder: Path,
    *,
    database: str | None = None,
    levels: Sequence[int] = (300, 2500),
    batch: int = 300,
    rounds: int = 2,
) -> list[Figure]:
    """At each number of open journeys, `batch` of them are scanned: once cold, some rounds cached, the best counts."""
    kind, figures, cached = kind_of(database), [], {}
    async with a_deployment(folder, database) as deployment, a_shop(deployment) as shop:
        opening, carrier = await JourneyOpener.create(shop), Carrier(shop)
        for level in levels:
            began = time.perf_counter()
            await opening.open_until(level)
            opened = level / (time.perf_counter() - began)
            some = opening.numbers[:: max(1, level // batch)][:batch]
            await restart_worker(deployment)
            await carrier.scan(opening.numbers[-1:])
            cold = await carrier.scan(some)
            cached[level] = max([await carrier.scan(some) for _ in range(rounds)])
            name = f"scans/s, {level} open"
            figures.append(Figure(f"{name}, cached, {kind}", round(cached[level], 1), "per s"))
            of = {"opened_per_s": round(opened, 1)}
            figures.append(Figure(f"{name}, cold, {kind}", round(cold, 1), "per s", of=of))
        await opening.close()
    few, many = min(cached), max(cached)
    if few != many:
        goal = 0.9 if many >= 10_000 else None
        figures.append(
            ratio(f"scans/s, {many} ÷ {few} open, cached, {kind}", cached[many], cached[few], goal)
        )
    return figures


class Carrier:
    """Sends signed scans and waits until the journeys have written them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._base = shop.deployment.addresses["api"]
        self._sent = 0

    def requests(self, numbers: Sequence[str]) -> list[bytes]:
        """One new scan for each parcel; a scan of a later request is a second later."""
        secret, requests_ = self._shop.secrets["generic"], []
        for number in numbers:
            self._sent += 1
            at = datetime.now(UTC) - timedelta(hours=12) + timedelta(seconds=self._sent)
            requests_.append(signed(self._base, self._shop.name, secret, a_scan(number, at.isoformat())))
        return requests_

    async def scan(self, numbers: Sequence[str]) -> float:
        """Scans per second, from the first request until the last is written."""
        requests = self.requests(numbers)
        began = time.perf_counter()
        (await wire.all_at_once(self._base, requests, CONNECTIONS)).only(202)
        await self.all_written()
        return len(requests) / (time.perf_counter() - began)

    async def all_written(self) -> None:
        await until_written(self._shop, self._sent, WRITE_TIMEOUT)


async def until_written(shop: Shop, scans: int, timeout: float) -> None:
    """Wait until the shop's journeys have applied that many."""
    deadline = time.monotonic() + timeout
    while (so_far := written(shop)) < scans:
        assert time.monotonic() < deadline, f"{so_far} of {scans} scans written"
        await asyncio.sleep(0.1)


def written(shop: Shop) -> int:
    """Scans that journeys applied: each is a line of its order's audit log."""
    query = "SELECT count(*) FROM audit WHERE merchant = ? AND action = ?"
    return int(shop.deployment.rows(query, shop.name, "parcel_scanned")[0][0])


@asynccontextmanager
async def a_deployment(folder: Path, database: str | None = None) -> AsyncIterator[Deployment]:
    """A `smot up` with a fresh folder and without rate limits per merchant."""
    folder.mkdir(parents=True, exist_ok=True)
    deployment = Deployment(folder / "data", {**OWN_INTERPRETER, **UNLIMITED}, database)
    await deployment.open()
    try:
        yield deployment
    finally:
        await deployment.close()


@asynccontextmanager
async def a_shop(
    deployment: Deployment, *, sandbox: bool = False, clock: datetime = START
) -> AsyncIterator[Shop]:
    """`clock`: of a sandbox."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield await Shop.create(deployment, http, sandbox=sandbox, clock=clock)


async def restart_worker(deployment: Deployment) -> None:
    """End the deployment's worker, and wait for the next one."""
    before = worker_of(deployment)
    assert before is not None
    os.kill(before, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while worker_of(deployment) in (None, before):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def worker_of(deployment: Deployment) -> int | None:
    assert deployment.process is not None
    for child in psutil.Process(deployment.process.pid).children(recursive=True):
        try:
            argv = child.cmdline()
            if "runtime.processes.worker_process" in argv and "die_with_parent" not in " ".join(argv):
                return child.pid
        except psutil.Error:
            continue
    return None
