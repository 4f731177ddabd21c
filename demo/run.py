"""Runs the demo on a deployment: creates a sandbox merchant, runs the plan of its orders, reads the results back."""

import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from rich.console import Console

from demo import plan, samples, summary
from demo.actions import Json
from demo.calendar import FIRST_INSTANT, iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.console_user import make_console_user
from demo.order_scenario import REVIEW_ABOVE
from demo.runner import ScenarioRunner
from demo.table import LiveTable
from demo.target import Target
from demo.waiting import waiting


async def run(
    target: Target,
    console: Console,
    *,
    orders: int,
    seed: int = 1,
    samples_folder: Path | None = None,
    with_user: bool = False,
) -> Json:
    """Run that many orders and return the summary as one JSON object.

    `console`: where the live table is shown. `with_user`: make a user who can sign in to the pages.
    `samples_folder`: a folder like `samples/`. Raises InvalidSamples before
    anything is sent, ApiProblem or ApiUnreachable when the merchant cannot be created or its clock cannot be moved.
    """
    started = time.monotonic()
    merchant = f"demo-{seed}-{secrets.token_hex(3)}"
    demo_plan = plan.make(seed, orders, samples.load(samples_folder or samples.FOLDER), merchant)
    async with aiohttp.ClientSession() as session:
        http = ApiClient(session, target.api_url)
        shop = await SandboxMerchant.create(http, target.admin_key, _merchant(merchant))
        with LiveTable(shop, demo_plan, console) as table:
            runner = ScenarioRunner(shop, ApiClient(session, target.psp_url), table)
            await runner.run(demo_plan)
            result = await summary.read_back(shop, demo_plan, runner.observations)
            await table.refresh(demo_plan.ends, [order.order_id for order in demo_plan.orders])
        if with_user:
            result["console"] = await make_console_user(shop, target.api_url)
    if target.verify is not None:
        async with waiting(console, lambda: "verifying every invariant"):
            result["invariants"] = summary.invariants(await target.verify())
    result["demo"]["seconds"] = round(time.monotonic() - started, 1)
    return result


def succeeded(result: Json) -> bool:
    """No response was unexpected and no invariant is broken."""
    return not result["unexpected"] and not result.get("invariants", {}).get("broken", 0)


def _merchant(name: str) -> Json:
    return {
        "merchant": name,
        "name": "Demo shop",
        "sandbox": True,
        "clock": iso_utc(FIRST_INSTANT),
        "policy": {"review_above": {"GBP": REVIEW_ABOVE}},
    }


def print_summary(result: Json, console: Console) -> None:
    """The summary for people, in a few lines."""
    orders, notices, returns, money = (result[part] for part in ("orders", "notices", "returns", "money"))
    delays = notices["delays"]
    console.print(f"orders    {orders['total']}: {_listed(orders['by_stage'])}; {orders['late']} late")
    console.print(
        f"notices   {notices['sent']} sent; {delays['before_promise_broke']} of {delays['sent']} delay notices before "
        f"the promise broke: {', '.join(str(delay['hours_before']) for delay in delays['each'])} h before"
    )
    refused = _listed(returns["refused_at_once"]) or "none"
    console.print(
        f"returns   {returns['total']}: {_listed(returns['by_outcome'])}; {returns['overridden']} overridden by an "
        f"agent; refused at once: {refused}"
    )
    console.print(
        f"money     {money['captured'] / 100:.2f} {money['currency']} captured, {money['refunded'] / 100:.2f} paid back, "
        f"{money['bonus'] / 100:.2f} bonus on store credit"
    )
    if "invariants" in result:
        broken = result["invariants"]["found"]
        console.print(
            f"verify    {len(broken)} invariants broken" if broken else "verify    every invariant holds"
        )
        for each in broken:
            console.print(f"          {each.get('invariant', '?')}: {each.get('message', each)}")
    if "console" in result:
        user = result["console"]
        console.print(f"console   {user['page']} with {user['email']} and {user['password']}", soft_wrap=True)
    for each in result["unexpected"]:
        console.print(f"unexpected  {each['order']} ({each['scenario']}): {each['message']}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
