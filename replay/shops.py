"""Runs the plans of several shops at the same time, each on a sandbox merchant with a clock of its own."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from rich.console import Console

from demo.actions import Json
from demo.calendar import iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.runner import RunObservations, ScenarioRunner
from demo.target import Target
from replay.plan import ShopPlan

SHOPS = 8  # while one shop waits for its clock, the others go on
_PROGRESS_INTERVAL = 10.0  # seconds between two lines of progress


@dataclass(frozen=True)
class ShopResult:
    """A shop after its plan was run."""

    shop: SandboxMerchant
    observations: RunObservations


async def run_shops(
    session: aiohttp.ClientSession, target: Target, plans: Sequence[ShopPlan], policy: Json, console: Console
) -> list[ShopResult]:
    """Create a merchant with that policy for each plan and run the plans.

    Raises ApiProblem or ApiUnreachable when a merchant cannot be created or its clock cannot be moved.
    """
    http, psp = ApiClient(session, target.api_url), ApiClient(session, target.psp_url)
    progress = Progress(console, sum(len(plan.orders) for plan in plans))

    async def run_shop(plan: ShopPlan) -> ShopResult:
        shop = await SandboxMerchant.create(http, target.admin_key, _merchant(plan, policy))
        runner = ScenarioRunner(shop, psp, progress)
        await runner.run(plan)
        return ShopResult(shop, runner.observations)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run_shop(plan)) for plan in plans]
    return [task.result() for task in tasks]


def _merchant(plan: ShopPlan, policy: Json) -> Json:
    return {
        "merchant": plan.merchant,
        "name": "Replayed shop",
        "sandbox": True,
        "clock": iso_utc(plan.begins),
        "policy": policy,
    }


class Progress:
    """Prints every few seconds how many orders have been acted on."""

    def __init__(self, console: Console, orders: int) -> None:
        self._console = console
        self._orders = orders
        self._touched: set[str] = set()
        self._started = self._printed = time.monotonic()

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Print a line if the last one was printed long enough ago."""
        self._touched.update(touched)
        if time.monotonic() - self._printed > _PROGRESS_INTERVAL:
            self._printed = time.monotonic()
            seconds = self._printed - self._started
            self._console.print(
                f"{now:%d %b %Y}: {len(self._touched)} of {self._orders} orders, {seconds:.0f} s"
            )
