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
from runtime.verify.sandbox_provider import SandboxProvider
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
    return {
        "SMOT_SMTP": smtp,
        "SMOT_SANDBOX_LETTERS": "send",
        "SMOT_PROVIDER_TIMEOUT": "2",
        "SMOT_WEBHOOK_EGRESS": "anywhere",
    }


async def run(orders: int, kills: int, seed: int, targets: tuple[str, ...]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="smot-long-"))
    mail_server = CountingMailServer()
    try:
        with Postgres.running() as postgres:
            database = (await postgres.create("smot")).replace("postgresql", "postgresql+asyncpg", 1)
            cluster = ChaosCluster(folder / "town", postgres, database, await mail_server.open())
            try:
                await cluster.open()
                result = await _run_lifecycles(cluster, orders, kills, random.Random(seed), targets)
                findings = await _check_records(cluster, result.pop("stories"), mail_server)
                result |= {**findings, "broken": result["broken"] + findings["broken"]}
            finally:
                await cluster.close()
                await cluster.receiver.close()
    finally:
        mail_server.close()
    if not result["broken"]:
        shutil.rmtree(folder, ignore_errors=True)
    return {"orders": orders, "seed": seed, **result, "logs": str(folder) if result["broken"] else ""}


async def _run_lifecycles(
    cluster: ChaosCluster, orders: int, kills: int, chance: random.Random, targets: tuple[str, ...]
) -> dict[str, Any]:
    broken: list[str] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=_REQUEST_TIMEOUT
    ) as http:
        lifecycles = await _create_runs(cluster, http, orders)
        begun = 0

        def step_begins(_: Step) -> None:
            nonlocal begun
            begun += 1

        door = asyncio.Semaphore(AT_ONCE)

        async def live(lifecycle: LifecycleRun) -> None:
            async with door:
                lifecycle.patience, lifecycle.pause = 300.0, 0.5
                try:
                    await lifecycle.run(step_begins)
                except AssertionError as lost:
                    broken.append(f"{lifecycle.order or 'an order'} of {lifecycle.shop.name}: {lost}")

        began = time.monotonic()
        running = asyncio.gather(*(live(lifecycle) for lifecycle in lifecycles))
        at = [round((number + 1) * orders * len(STEPS) / (kills + 1)) for number in range(kills)]
        for count in at:
            await until(lambda: begun >= count or running.done(), seconds=600)  # noqa: B023 - awaited at once
            if running.done():
                break
            await cluster.kill(chance.choice(targets), chance)
        await running
        seconds = time.monotonic() - began
    return {
        "stories": lifecycles,
        "broken": broken,
        "seconds": round(seconds, 1),
        "killed": dict(cluster.killed),
        "repeated_requests": sum(lifecycle.repeated for lifecycle in lifecycles),
    }


async def _create_runs(cluster: ChaosCluster, http: aiohttp.ClientSession, orders: int) -> list[LifecycleRun]:
    """A shop for each lifecycle, created in groups."""
    door = asyncio.Semaphore(8)

    async def begin(number: int) -> LifecycleRun:
        async with door:
            return await LifecycleRun.create(cluster, http, PLANS[number % len(PLANS)])

    return await asyncio.gather(*(begin(number) for number in range(orders)))


async def _check_records(
    cluster: ChaosCluster, lifecycles: list[LifecycleRun], mail_server: CountingMailServer
) -> dict[str, Any]:
    """The findings of each outcome by itself, and of `smot verify` over all."""
    broken = [
        f"{lifecycle.order}: paid back {ok}, expected {wanted}"
        for lifecycle, ok, wanted in await _refunds_and_expected(cluster, lifecycles)
        if ok != wanted
    ]
    orders = cluster.rows("SELECT id, stage FROM orders")
    if sorted(orders) != sorted((lifecycle.order, "closed") for lifecycle in lifecycles):
        broken.append(
            f"{len(orders)} orders, of which {Counter(stage for _, stage in orders)}; asked for {len(lifecycles)}"
        )
    notices = Counter(status for (status,) in cluster.rows("SELECT status FROM outbox"))
    kinds = Counter(cluster.rows('SELECT "order", kind FROM outbox'))
    doubled = [pair for pair, count in kinds.items() if count > 1]
    if (
        doubled
        or notices != {"sent": 3 * len(lifecycles)}
        or len(mail_server.received) != 3 * len(lifecycles)
    ):
        broken.append(f"notices {dict(notices)}, mails {len(mail_server.received)}, sent twice: {doubled}")
    broken += [
        wrong for lifecycle in lifecycles for wrong in cluster.receiver.violations(lifecycle.shop.name)
    ]
    waiting = Counter(status for (status,) in cluster.rows("SELECT status FROM webhook_deliveries"))
    received = sum(cluster.receiver.types(lifecycle.shop.name).total() for lifecycle in lifecycles)
    if waiting != {"delivered": received}:
        broken.append(f"webhooks {dict(waiting)}, received {received}")
    code, out, err = await cluster.run_smot("verify", "--quiesced")
    if code:
        broken.append(f"verify: {out}{err}")
    return {
        "broken": broken,
        "mails": len(mail_server.received),
        "mails_again": mail_server.duplicates,
        "webhooks": received,
        "webhooks_again": cluster.receiver.duplicates(),
        "verify": out.strip().splitlines()[-1] if out.strip() else err,
    }


async def _refunds_and_expected(
    cluster: ChaosCluster, lifecycles: list[LifecycleRun]
) -> list[tuple[LifecycleRun, tuple[int, ...], tuple[int, ...]]]:
    """Per lifecycle: what the provider refunded, and what it should have."""
    by_payment: dict[str, list[int]] = defaultdict(list)
    async for page in SandboxProvider(cluster.addresses["psp"]).refund_pages():
        for refund in page:
            by_payment[refund.payment].append(refund.amount)
    return [
        (
            it,
            tuple(sorted(amount for payment in it.payments for amount in by_payment[payment])),
            it.plan.at_provider,
        )
        for it in lifecycles
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=TARGETS)
    options = parser.parse_args()
    result = asyncio.run(run(options.orders, options.kills, options.seed, tuple(options.targets)))
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 1 if result["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
