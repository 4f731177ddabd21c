"""`smot replay`: the orders of a file are played on a few sandbox shops at once, and the API is asked what came of it."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
from rich.console import Console

from demo.actions import Json
from demo.calendar import iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.runner import ScenarioRunner
from demo.summary import invariants
from replay import plan, summary
from replay.rows import OrdersFile

SHOPS = 8  # each has a clock of its own: while one waits for a deadline the others go on
_PROGRESS_INTERVAL = 10.0  # seconds between two lines of progress

Verify = Callable[[], Awaitable[Mapping[str, Any]]]


class Progress:
    """Says now and then how far the play is."""

    def __init__(self, console: Console, orders: int) -> None:
        self._console = console
        self._orders = orders
        self._seen: set[str] = set()
        self._began = self._told = time.monotonic()

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        self._seen.update(touched)
        if time.monotonic() - self._told > _PROGRESS_INTERVAL:
            self._told = time.monotonic()
            seconds = self._told - self._began
            self._console.print(
                f"{now:%d %b %Y}: {len(self._seen)} of {self._orders} orders, {seconds:.0f} s"
            )


async def run(
    base_url: str,
    psp_url: str,
    admin_key: str,
    orders: OrdersFile,
    *,
    seed: int = 1,
    console: Console | None = None,
    verify: Verify | None = None,
) -> Json:
    """Play them against a running deployment and return the summary as one JSON object.

    `verify`: asked when everything is at rest; its report has `broken` (a list) and `checked`. Raises client.ApiProblem or
    client.ApiUnreachable when a shop cannot even be opened or time cannot be moved.
    """
    console = console or Console(stderr=True)
    began = time.monotonic()
    shops = plan.make(orders.rows, f"olist-{seed}-{secrets.token_hex(3)}", SHOPS, seed)
    progress = Progress(console, len(orders.rows))
    async with aiohttp.ClientSession() as session:
        http, psp = ApiClient(session, base_url), ApiClient(session, psp_url)

        async def perform(share: plan.ShopPlan) -> summary.ShopResult:
            shop = await SandboxMerchant.create(http, admin_key, _merchant(share))
            play = ScenarioRunner(shop, psp, progress)
            await play.run(share)
            return summary.ShopResult(shop, play.observations)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(perform(share)) for share in shops]
        played = [task.result() for task in tasks]
        seconds = time.monotonic() - began
        found = await summary.read_back(orders, played)
    found["replay"] = {**found["replay"], "seed": seed, **_pace(found["rows"]["accepted"], seconds)}
    if verify is not None:
        found["invariants"] = invariants(await verify())
    found["replay"]["seconds"] = round(time.monotonic() - began, 1)
    return found


# What is measured is when a delay is known, not at which hour of the day it is told.
# The files know no scans on the way, so silence and slips say nothing.
_PROMISE_ONLY = {"first_scan": None, "no_movement_days": None, "slipped": None, "max_next_updates": 0}
_NO_THROTTLING = {"quiet": {}, "per_parcel_hours": 0, "per_customer_day": None, "digest_minutes": 0}


def succeeded(found: Json) -> bool:
    """Nothing surprised the players, no invariant is broken, and every accepted row is an order with a journey."""
    counts = found.get("invariants", {}).get("checked", {})
    return (
        not found["unexpected"]
        and not found.get("invariants", {}).get("broken", 0)
        and found["orders"]["total"] == found["rows"]["accepted"]
        and counts.get("journeys") == counts.get("orders")
    )


def _pace(accepted: int, seconds: float) -> Json:
    return {"play_seconds": round(seconds, 1), "orders_per_second": round(accepted / seconds, 1)}


def _merchant(share: plan.ShopPlan) -> Json:
    return {
        "merchant": share.merchant,
        "name": "Replayed shop",
        "sandbox": True,
        "clock": iso_utc(share.begins),
        "policy": {"notices": _NO_THROTTLING, "delays": _PROMISE_ONLY},
    }


def print_summary(found: Json, console: Console) -> None:
    """The summary for people, in a few lines."""
    rows, orders, late, notices = (found[part] for part in ("rows", "orders", "late", "notices"))
    console.print(
        f"rows      {rows['read']}: {rows['accepted']} accepted ({_listed(rows['anomalies'])}), "
        f"refused: {_listed(rows['refused'])}"
    )
    console.print(f"orders    {orders['total']}: {_listed(orders['by_stage'])}")
    hours = ""
    if spread := late["hours_before"]:
        hours = f" by {spread['median']:g} h in the median ({spread['least']} to {spread['most']})"
    console.print(
        f"late      {late['orders']}: {late['notified_before']} told before the promise broke{hours}, "
        f"{late['notified_after']} after, {late['not_notified']} never"
    )
    console.print(
        f"notices   {notices['sent']} sent; delays told of {late['false_alarms']} orders that came in time"
    )
    replay = found["replay"]
    console.print(f"pace      {replay['orders_per_second']} orders/s, {replay['seconds']} s in all")
    if "invariants" in found:
        broken, checked = found["invariants"]["found"], found["invariants"]["checked"]
        held = f"{len(broken)} invariants broken" if broken else "every invariant holds"
        console.print(
            f"verify    {held}; {checked.get('journeys', '?')} journeys in Temporal, {checked.get('orders', '?')} orders"
        )
        for one in broken:
            console.print(f"          {one.get('invariant', '?')}: {one.get('message', one)}")
    for surprise in found["unexpected"]:
        console.print(f"surprise  {surprise['order']} at {surprise['at']}: {surprise['message']}")


def _listed(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
