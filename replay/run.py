"""Runs the orders of a file on several sandbox shops at the same time and reads the results back."""

import secrets
import time
from collections.abc import Mapping

import aiohttp
from rich.console import Console

from demo.actions import Json
from demo.summary import invariants
from demo.target import Target
from replay import plan, summary
from replay.rows import OrdersFile
from replay.shops import SHOPS, run_shops

# The replay measures when a delay is known, not at which hour of the day the notice is sent.
# The files have no scans on the way, so rules for silence and slipped estimates would be wrong.
_PROMISE_ONLY = {"first_scan": None, "no_movement_days": None, "slipped": None, "max_next_updates": 0}
_NO_THROTTLING = {"quiet": {}, "per_parcel_hours": 0, "per_customer_day": None, "digest_minutes": 0}
_POLICY: Json = {"notices": _NO_THROTTLING, "delays": _PROMISE_ONLY}


async def run(target: Target, orders: OrdersFile, *, seed: int, console: Console) -> Json:
    """Run the orders and return the summary as one JSON object.

    Raises ApiProblem or ApiUnreachable when a merchant cannot be created or its clock cannot be moved.
    """
    started = time.monotonic()
    plans = plan.make(orders.rows, f"olist-{seed}-{secrets.token_hex(3)}", SHOPS, seed)
    async with aiohttp.ClientSession() as session:
        shops = await run_shops(session, target, plans, _POLICY, console)
        seconds = time.monotonic() - started
        result = await summary.read_back(orders, shops)
    result["replay"] = {**result["replay"], "seed": seed, **_pace(result["rows"]["accepted"], seconds)}
    if target.verify is not None:
        result["invariants"] = invariants(await target.verify())
    result["replay"]["seconds"] = round(time.monotonic() - started, 1)
    return result


def succeeded(result: Json) -> bool:
    """No response was unexpected, no invariant is broken, and every accepted row is an order with a journey."""
    counts = result.get("invariants", {}).get("checked", {})
    return (
        not result["unexpected"]
        and not result.get("invariants", {}).get("broken", 0)
        and result["orders"]["total"] == result["rows"]["accepted"]
        and counts.get("journeys") == counts.get("orders")
    )


def _pace(accepted: int, seconds: float) -> Json:
    return {"play_seconds": round(seconds, 1), "orders_per_second": round(accepted / seconds, 1)}


def print_summary(result: Json, console: Console) -> None:
    """The summary for people, in a few lines."""
    rows, orders, late, notices = (result[part] for part in ("rows", "orders", "late", "notices"))
    console.print(
        f"rows      {rows['read']}: {rows['accepted']} accepted ({_listed(rows['anomalies'])}), "
        f"refused: {_listed(rows['refused'])}"
    )
    console.print(f"orders    {orders['total']}: {_listed(orders['by_stage'])}")
    hours = ""
    if spread := late["hours_before"]:
        hours = f" by {spread['median']:g} h in the median ({spread['min']} to {spread['max']})"
    console.print(
        f"late      {late['orders']}: {late['notified_before']} notified before the promise broke{hours}, "
        f"{late['notified_after']} after, {late['not_notified']} never"
    )
    console.print(
        f"notices   {notices['sent']} sent; delay notices for {late['false_alarms']} orders that came in time"
    )
    replay = result["replay"]
    console.print(f"pace      {replay['orders_per_second']} orders/s, {replay['seconds']} s in all")
    if "invariants" in result:
        _print_invariants(result["invariants"], console)
    for each in result["unexpected"]:
        console.print(f"unexpected  {each['order']} at {each['action']}: {each['message']}")


def _print_invariants(report: Json, console: Console) -> None:
    broken, checked = report["found"], report["checked"]
    held = f"{len(broken)} invariants broken" if broken else "every invariant holds"
    console.print(
        f"verify    {held}; {checked.get('journeys', '?')} journeys in Temporal, {checked.get('orders', '?')} orders"
    )
    for each in broken:
        console.print(f"          {each.get('invariant', '?')}: {each.get('message', each)}")


def _listed(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
