"""A thousand whole lifecycles on a cluster of which a part is killed every few seconds: nothing is lost or doubled.

`python -m tests.chaos.long_run --orders 1000 --kills 60 --seed 1`: two APIs, two `smot worker`, Temporal, PostgreSQL and
the payment provider, all by their real commands. Kills are SIGKILL, at random moments of a random part, spread over the
work; supervisors restart the parts. Prints the outcome as JSON; exit code 1 when something is wrong.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.verify.sources import SandboxProvider
from services.journeys import Journeys
from tests.chaos.counting_mail_server import CountingMailServer
from tests.chaos.killable_deployment import until
from tests.chaos.lifecycle_runs import PLANS, STEPS, LifecycleRun, Step
from tests.chaos.recording_receiver import RecordingReceiver
from tests.postgres import Postgres
from tests.scenarios.cluster import Cluster

TARGETS = ("worker", "temporal", "api", "postgresql", "dispatcher")
AT_ONCE = (
    120  # lifecycles under way: one that waits for the lease of a killed dispatcher does not delay the others
)
_REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=15)


class ChaosCluster(Cluster):
    """A cluster on which lifecycles can run, and its PostgreSQL."""

    journeys: Journeys

    def __init__(self, folder: Path, postgres: Postgres, database: str, smtp: str) -> None:
        super().__init__(folder, database, _env(smtp))
        self.postgres, self.receiver = postgres, RecordingReceiver()
        self.killed: Counter[str] = Counter()

    async def open(self) -> None:
        await self.receiver.open()
        await super().open()
        self.journeys = Journeys(await connect(Settings(temporal=self.temporal)))

    async def kill(self, target: str, chance: random.Random) -> None:
        """Kill one process of that kind with SIGKILL; waits until there is one."""
        if target == "postgresql":
            self.postgres.kill()
            await asyncio.sleep(chance.choice((0.0, 0.5, 2.0)))
            self.postgres.start()
        else:
            await until(lambda: bool(self._of(target)), seconds=60)
            with suppress(ProcessLookupError):
                os.kill(chance.choice(self._of(target)), signal.SIGKILL)
        self.killed[target] += 1

    def _of(self, target: str) -> list[int]:
        return [pid for name, pid in sorted(self.parts().items()) if name.startswith(target)]


def _env(smtp: str) -> dict[str, str]:
    return {"SMOT_SMTP": smtp, "SMOT_PROVIDER_TIMEOUT": "2", "SMOT_WEBHOOK_EGRESS": "anywhere"}


async def run(orders: int, kills: int, seed: int, targets: tuple[str, ...]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="smot-long-"))
    post = CountingMailServer()
    try:
        with Postgres.running() as postgres:
            database = (await postgres.create("smot")).replace("postgresql", "postgresql+asyncpg", 1)
            town = ChaosCluster(folder / "town", postgres, database, await post.open())
            try:
                await town.open()
                found = await _run_lifecycles(town, orders, kills, random.Random(seed), targets)
                books = await _check_records(town, found.pop("stories"), post)
                found |= {**books, "broken": found["broken"] + books["broken"]}
            finally:
                await town.close()
                await town.receiver.close()
    finally:
        post.close()
    if not found["broken"]:
        shutil.rmtree(folder, ignore_errors=True)
    return {"orders": orders, "seed": seed, **found, "logs": str(folder) if found["broken"] else ""}


async def _run_lifecycles(
    town: ChaosCluster, orders: int, kills: int, chance: random.Random, targets: tuple[str, ...]
) -> dict[str, Any]:
    broken: list[str] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=_REQUEST_TIMEOUT
    ) as http:
        stories = await _create_runs(town, http, orders)
        begun = 0

        def step_begins(_: Step) -> None:
            nonlocal begun
            begun += 1

        door = asyncio.Semaphore(AT_ONCE)

        async def live(story: LifecycleRun) -> None:
            async with door:
                story.patience, story.pause = 300.0, 0.5
                try:
                    await story.run(step_begins)
                except AssertionError as lost:
                    broken.append(f"{story.order or 'an order'} of {story.shop.name}: {lost}")

        began = time.monotonic()
        living = asyncio.gather(*(live(story) for story in stories))
        at = [round((number + 1) * orders * len(STEPS) / (kills + 1)) for number in range(kills)]
        for count in at:
            await until(lambda count=count: begun >= count or living.done(), seconds=600)  # type: ignore[misc]
            if living.done():
                break
            await town.kill(chance.choice(targets), chance)
        await living
        seconds = time.monotonic() - began
    return {
        "stories": stories,
        "broken": broken,
        "seconds": round(seconds, 1),
        "killed": dict(town.killed),
        "repeated_requests": sum(story.repeated for story in stories),
    }


async def _create_runs(town: ChaosCluster, http: aiohttp.ClientSession, orders: int) -> list[LifecycleRun]:
    """A shop for each lifecycle, created in groups."""
    door = asyncio.Semaphore(8)

    async def begin(number: int) -> LifecycleRun:
        async with door:
            return await LifecycleRun.create(town, http, PLANS[number % len(PLANS)])

    return await asyncio.gather(*(begin(number) for number in range(orders)))


async def _check_records(
    town: ChaosCluster, stories: list[LifecycleRun], post: CountingMailServer
) -> dict[str, Any]:
    """The findings of each outcome by itself, and of `smot verify` over all."""
    broken = [
        f"{it.order}: paid back {ok}, expected {wanted}"
        for it, ok, wanted in await _refunds_and_expected(town, stories)
        if ok != wanted
    ]
    orders = town.rows("SELECT id, stage FROM orders")
    if sorted(orders) != sorted((story.order, "closed") for story in stories):
        broken.append(
            f"{len(orders)} orders, of which {Counter(stage for _, stage in orders)}; asked for {len(stories)}"
        )
    notices = Counter(status for (status,) in town.rows("SELECT status FROM outbox"))
    kinds = Counter(town.rows('SELECT "order", kind FROM outbox'))
    doubled = [pair for pair, count in kinds.items() if count > 1]
    if doubled or notices != {"sent": 3 * len(stories)} or len(post.received) != 3 * len(stories):
        broken.append(f"notices {dict(notices)}, mails {len(post.received)}, told twice: {doubled}")
    broken += [wrong for it in stories for wrong in town.receiver.violations(it.shop.name)]
    waiting = Counter(status for (status,) in town.rows("SELECT status FROM webhook_deliveries"))
    heard = sum(town.receiver.types(it.shop.name).total() for it in stories)
    if waiting != {"delivered": heard}:
        broken.append(f"webhooks {dict(waiting)}, heard {heard}")
    code, out, err = await town.run_smot("verify", "--quiesced")
    if code:
        broken.append(f"verify: {out}{err}")
    return {
        "broken": broken,
        "mails": len(post.received),
        "mails_again": post.duplicates,
        "webhooks": heard,
        "webhooks_again": town.receiver.duplicates(),
        "verify": out.strip().splitlines()[-1] if out.strip() else err,
    }


async def _refunds_and_expected(
    town: ChaosCluster, stories: list[LifecycleRun]
) -> list[tuple[LifecycleRun, tuple[int, ...], tuple[int, ...]]]:
    """Per lifecycle: what the provider refunded, and what it should have."""
    by_payment: dict[str, list[int]] = defaultdict(list)
    for refund in await SandboxProvider(town.addresses["psp"]).refunds():
        by_payment[refund.payment].append(refund.amount)
    return [
        (
            it,
            tuple(sorted(amount for payment in it.payments for amount in by_payment[payment])),
            it.plan.at_provider,
        )
        for it in stories
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=TARGETS)
    asked = parser.parse_args()
    found = asyncio.run(run(asked.orders, asked.kills, asked.seed, tuple(asked.targets)))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
