"""`smot replay --score`: tries several lead times of delay notices on real orders at the same time.

Each order is placed, shipped and delivered when the file says. The policy of the shops lets each journey record for every
lead time when it would have sent a delay notice (`delays.lead_time_trials`), as any merchant could on their own orders.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

import aiohttp
from rich.console import Console

from demo.actions import Json, PostOrder, Step
from demo.summary import invariants
from demo.target import Target
from replay import plan, score
from replay.rows import OrdersFile, RecordedOrder
from replay.shops import SHOPS, run_shops

# Only the rule for undelivered parcels, scanned or not. Everything after delivery or after a broken promise (return
# windows, presumed losses) is postponed, as it does not count for the score.
_POLICY: Json = {
    "window": 3650,
    "lost_days": 3650,
    "unshipped_days": 3650,
    "delays": {
        "at_risk": 24,
        "silent": 0,
        "max_notices": 1,
        "lead_time_trials": score.LEADS,
        "first_scan": None,
        "no_movement_days": None,
        "slipped": None,
        "max_next_updates": 0,  # the files have no scans on the way
    },
}


async def run(target: Target, orders: OrdersFile, *, seed: int, console: Console) -> Json:
    """Run the orders and return the score as one JSON object. Raises the same errors as `replay.run.run`."""
    started = time.monotonic()
    plans = shares(orders.rows, f"olist-{seed}-{secrets.token_hex(3)}", seed)
    async with aiohttp.ClientSession() as session:
        shops = await run_shops(session, target, plans, _POLICY, console)
        views = [view for result in shops for view in await result.shop.list_all("agent", "/v1/orders")]
    seconds = time.monotonic() - started
    assert target.verify is not None
    return {
        "rows": len(orders.rows),
        "score": score.table(views),
        "unexpected": [each for result in shops for each in result.observations.unexpected],
        "invariants": invariants(await target.verify()),
        "play_seconds": round(seconds, 1),
        "seconds": round(time.monotonic() - started, 1),
    }


def shares(rows: Sequence[RecordedOrder], merchant: str, seed: int) -> list[plan.ShopPlan]:
    """The plans of several shops, each with the orders of a span of time, so that one clock serves many orders at once."""
    ordered = sorted(rows, key=lambda row: (row.approved, row.number))
    size = -(-len(ordered) // SHOPS) or 1
    spans = [ordered[first : first + size] for first in range(0, len(ordered), size)]
    return [
        _without_payments(plan.make(span, f"{merchant}-{i}", 1, seed)[0]) for i, span in enumerate(spans, 1)
    ]


def _without_payments(shop_plan: plan.ShopPlan) -> plan.ShopPlan:
    """The plan without captures, as nothing is refunded, and with its end at its last step."""
    orders = tuple(replace(order, steps=tuple(map(_unpaid, order.steps))) for order in shop_plan.orders)
    return replace(shop_plan, orders=orders, ends=max(step.at for order in orders for step in order.steps))


def _unpaid(step: Step) -> Step:
    return (
        replace(step, action=replace(step.action, payments=()))
        if isinstance(step.action, PostOrder)
        else step
    )


def succeeded(result: Json) -> bool:
    """No response was unexpected, every row is an order that counts, and every invariant holds."""
    counted = result["score"]["orders"] + result["score"]["not_arrived"]
    return not result["unexpected"] and not result["invariants"]["broken"] and counted == result["rows"]


def print_summary(result: Json, console: Console) -> None:
    """The table and the time it took, for people."""
    for line in score.lines(result["score"]):
        console.print(line, highlight=False)
    broken = result["invariants"]["found"]
    held = f"{len(broken)} invariants broken" if broken else "every invariant holds"
    console.print(f"ran in {result['play_seconds']:g} s, {result['seconds']:g} s in all; {held}")
    for each in (*broken, *result["unexpected"]):
        console.print(f"unexpected: {each}", highlight=False)
