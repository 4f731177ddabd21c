"""`smot demo`: a sandbox shop is opened, its orders are played, and the API is asked what came of it."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console

from demo import plan, samples, summary
from demo.actions import Json
from demo.calendar import FIRST_INSTANT, iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.order_scenario import REVIEW_ABOVE
from demo.runner import ScenarioRunner
from demo.table import LiveTable

Verify = Callable[[], Awaitable[Mapping[str, Any]]]


async def run(
    base_url: str,
    psp_url: str,
    admin_key: str,
    *,
    orders: int = plan.ALL_SCENARIOS,
    seed: int = 1,
    data: Path | None = None,
    console: Console | None = None,
    verify: Verify | None = None,
) -> Json:
    """Play that many orders against a running deployment and return the summary as one JSON object.

    `data`: a folder like `samples/`. `console`: where the live table goes, standard error by default. `verify`: asked
    when everything is at rest; its report has `broken` (a list) and `checked`. Raises BadSamples before anything is
    sent, client.ApiProblem or client.ApiUnreachable when the shop cannot even be opened or time cannot be moved.
    """
    console = console or Console(stderr=True)
    began = time.monotonic()
    merchant = f"demo-{seed}-{secrets.token_hex(3)}"
    made = plan.make(seed, orders, samples.load(data or samples.FOLDER), merchant)
    async with aiohttp.ClientSession() as session:
        http = ApiClient(session, base_url)
        shop = await SandboxMerchant.create(http, admin_key, _merchant(merchant))
        with LiveTable(shop, made.orders, console) as board:
            play = ScenarioRunner(shop, ApiClient(session, psp_url), board)
            await play.run(made)
        found = await summary.read_back(shop, made, play.observations)
    if verify is not None:
        found["invariants"] = summary.invariants(await verify())
    found["demo"]["seconds"] = round(time.monotonic() - began, 1)
    return found


def succeeded(found: Json) -> bool:
    """Nothing surprised the players and no invariant is broken."""
    return not found["unexpected"] and not found.get("invariants", {}).get("broken", 0)


def _merchant(name: str) -> Json:
    return {
        "merchant": name,
        "name": "Demo shop",
        "sandbox": True,
        "clock": iso_utc(FIRST_INSTANT),
        "policy": {"review_above": REVIEW_ABOVE},
    }


def print_summary(found: Json, console: Console) -> None:
    """The summary for people, in a few lines."""
    orders, notices, returns, money = (found[part] for part in ("orders", "notices", "returns", "money"))
    delays = notices["delays"]
    console.print(f"orders    {orders['total']}: {_listed(orders['by_stage'])}; {orders['late']} late")
    console.print(
        f"notices   {notices['sent']} sent; {delays['before_promise_broke']} of {delays['sent']} delays told before "
        f"the promise broke: {', '.join(str(one['hours_before']) for one in delays['each'])} h before"
    )
    refused = _listed(returns["refused_at_once"]) or "none"
    console.print(
        f"returns   {returns['total']}: {_listed(returns['by_outcome'])}; {returns['overridden']} overridden by an "
        f"agent; refused at once: {refused}"
    )
    console.print(
        f"money     {money['captured'] / 100:.2f} {money['currency']} captured, {money['back'] / 100:.2f} paid back, "
        f"{money['bonus'] / 100:.2f} bonus on store credit"
    )
    if "invariants" in found:
        broken = found["invariants"]["found"]
        console.print(
            f"verify    {len(broken)} invariants broken" if broken else "verify    every invariant holds"
        )
        for one in broken:
            console.print(f"          {one.get('invariant', '?')}: {one.get('message', one)}")
    for surprise in found["unexpected"]:
        console.print(f"surprise  {surprise['order']} ({surprise['scenario']}): {surprise['message']}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
