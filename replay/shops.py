"""Runs the plans of several shops at the same time, each on a sandbox merchant with a clock of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from rich.console import Console

from demo.actions import Json
from demo.calendar import iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.runner import RunObservations, ScenarioRunner
from demo.target import Target
from replay.plan import ShopPlan
from replay.progress import ReplayProgress, ShopProgress

SHOPS = 8  # while one shop waits for its clock, the others go on


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

    async def run_shop(plan: ShopPlan, progress: ShopProgress) -> ShopResult:
        shop = await SandboxMerchant.create(http, target.admin_key, _merchant(plan, policy))
        runner = ScenarioRunner(shop, psp, progress)
        await runner.run(plan)
        return ShopResult(shop, runner.observations)

    with ReplayProgress(console, plans) as progress:
        observers = [progress.of_shop(number, plan) for number, plan in enumerate(plans, 1)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run_shop(*each)) for each in zip(plans, observers, strict=True)]
    return [task.result() for task in tasks]


def _merchant(plan: ShopPlan, policy: Json) -> Json:
    return {
        "merchant": plan.merchant,
        "name": "Replayed shop",
        "sandbox": True,
        "clock": iso_utc(plan.begins),
        "policy": policy,
    }
