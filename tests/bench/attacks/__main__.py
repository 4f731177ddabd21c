"""Another merchant's orders before and during each attack, as ratios. It takes some three minutes."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.attacks.attackers import ATTACKS
from tests.bench.attacks.target import PATIENCE, Merchant, Target, running

HERE = Path(__file__).parents[3]
ORDERS = 20  # placed before, and at most during, each attack


@dataclass(frozen=True)
class Times:
    """Seconds from the order to its answer; an order without an answer took PATIENCE."""

    p50: float
    p95: float
    orders: int
    failed: int


@dataclass(frozen=True)
class Result:
    attack: str
    before: Times
    during: Times

    @property
    def line(self) -> str:
        before, during = self.before, self.during
        return (
            f"{self.attack:<20} {before.p50 * 1000:7.0f} {before.p95 * 1000:7.0f} {during.p50 * 1000:8.0f} "
            f"{during.p95 * 1000:8.0f} {during.p50 / before.p50:7.1f} {during.p95 / before.p95:7.1f} "
            f"{during.orders:6} {during.failed:6}"
        )


async def order_times(shop: Merchant, most: int, seconds: float) -> Times:
    """One order after the other, a little apart, for at most that long."""
    spent: list[float] = []
    failed, until = 0, time.monotonic() + seconds
    while len(spent) < most and time.monotonic() < until:
        began = time.monotonic()
        try:
            await shop.place()
            spent.append(time.monotonic() - began)
        except (aiohttp.ClientError, TimeoutError, AssertionError, OSError):
            failed += 1
            spent.append(PATIENCE)
        await asyncio.sleep(0.1)
    spent.sort()
    return Times(statistics.median(spent), spent[int(len(spent) * 0.95) - 1], len(spent), failed)


@asynccontextmanager
async def under_attack(name: str, plan: dict[str, Any], warm_up: float) -> AsyncIterator[None]:
    command = (sys.executable, "-m", "tests.bench.attacks.attackers", name, json.dumps(plan))
    process = await asyncio.create_subprocess_exec(*command, cwd=HERE)
    try:
        await asyncio.sleep(warm_up)
        assert process.returncode is None, f"{name} ended by itself"
        yield
    finally:
        process.kill()
        await process.wait()


async def measure(target: Target, seconds: float, names: list[str]) -> AsyncIterator[Result]:
    shop, attacker = await Merchant.create(target), await Merchant.create(target)
    order = await attacker.place()
    plan = {
        "api": target.api,
        "port": target.port,
        "codes": target.codes,
        "merchant": attacker.name,
        "secret": attacker.secrets["generic"],
        "order": order,
        "link": await attacker.link(order),
    }
    for _ in range(5):
        await shop.place()
    for name in names:
        before = await order_times(shop, ORDERS, 60)
        async with under_attack(name, plan, warm_up=seconds / 2):
            during = await order_times(shop, ORDERS, seconds)
        yield Result(name, before, during)
        await asyncio.sleep(seconds / 4)  # for what the attack left to be done


async def main(tree: Path, seconds: float, as_json: bool, names: list[str]) -> None:
    head = " " * 22 + "before p50     p95  during p50  p95   ratio p50  p95 orders failed"
    with tempfile.TemporaryDirectory() as folder:
        async with running(tree, Path(folder) / "data") as target:
            if not as_json:
                print(head)
            async for result in measure(target, seconds, names):
                print(json.dumps(asdict(result)) if as_json else result.line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", default=[*ATTACKS], help=", ".join(ATTACKS))
    parser.add_argument("--tree", type=Path, default=HERE, help="a checkout with its environment")
    parser.add_argument("--seconds", type=float, default=20.0, help="that each attack is measured")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.tree, given.seconds, given.json, given.attacks))
