"""`smot replay --score`: real orders in time order through the running system, several lead times tried out at once.

Each order is placed, shipped and delivered when the file says. The shops' policy has the journeys note for each lead time
when it would have told (`delays.watch`); nothing is asked of them that a merchant could not ask of their own past.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

import aiohttp
from rich.console import Console

from demo.actions import Json, PostOrder, Step
from demo.calendar import iso_utc
from demo.client import ApiClient, SandboxMerchant
from demo.runner import ScenarioRunner
from demo.summary import invariants
from replay import plan, score
from replay.rows import OrdersFile, RecordedOrder
from replay.run import SHOPS, Progress, Verify

# The rule alone: any parcel that is not delivered counts, scanned or not. What comes after delivery or a broken promise
# (return windows, presumed losses) is put off, since it scores nothing.
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
        "max_next_updates": 0,  # the files know no scans on the way
    },
}


async def run(
    base_url: str, psp_url: str, admin_key: str, orders: OrdersFile, *, seed: int, console: Console, verify: Verify
) -> Json:  # fmt: skip
    """Play the rows against a running deployment and return the score as one JSON object. Raises as `run.run`."""
    began = time.monotonic()
    shops = shares(orders.rows, f"olist-{seed}-{secrets.token_hex(3)}", seed)
    progress = Progress(console, len(orders.rows))
    async with aiohttp.ClientSession() as session:
        http, psp = ApiClient(session, base_url), ApiClient(session, psp_url)

        async def perform(share: plan.ShopPlan) -> tuple[list[Json], list[Json]]:
            shop = await SandboxMerchant.create(http, admin_key, _merchant(share))
            play = ScenarioRunner(shop, psp, progress)
            await play.run(share)
            return await shop.list_all("agent", "/v1/orders"), play.observations.unexpected

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(perform(share)) for share in shops]
    played = [task.result() for task in tasks]
    seconds = time.monotonic() - began
    return {
        "rows": len(orders.rows),
        "score": score.table(view for views, _ in played for view in views),
        "unexpected": [surprise for _, surprises in played for surprise in surprises],
        "invariants": invariants(await verify()),
        "play_seconds": round(seconds, 1),
        "seconds": round(time.monotonic() - began, 1),
    }


def shares(rows: Sequence[RecordedOrder], merchant: str, seed: int) -> list[plan.ShopPlan]:
    """The rows as plays of a few shops, each a span of time: clocks of one season stop for many orders at once."""
    ordered = sorted(rows, key=lambda row: (row.approved, row.number))
    size = -(-len(ordered) // SHOPS) or 1
    spans = [ordered[first : first + size] for first in range(0, len(ordered), size)]
    return [
        _without_payments(plan.make(span, f"{merchant}-{i}", 1, seed)[0]) for i, span in enumerate(spans, 1)
    ]


def _without_payments(share: plan.ShopPlan) -> plan.ShopPlan:
    """Without captures at the provider, as nothing is paid back, and at its end once the last carrier has spoken."""
    orders = tuple(replace(order, steps=tuple(map(_unpaid, order.steps))) for order in share.orders)
    return replace(share, orders=orders, ends=max(step.at for order in orders for step in order.steps))


def _unpaid(step: Step) -> Step:
    return (
        replace(step, action=replace(step.action, payments=()))
        if isinstance(step.action, PostOrder)
        else step
    )


def succeeded(found: Json) -> bool:
    """Nobody was surprised, every row is an order that was judged, and every invariant holds."""
    judged = found["score"]["orders"] + found["score"]["not_arrived"]
    return not found["unexpected"] and not found["invariants"]["broken"] and judged == found["rows"]


def print_summary(found: Json, console: Console) -> None:
    """The table and how long it took, for people."""
    for line in score.lines(found["score"]):
        console.print(line, highlight=False)
    broken = found["invariants"]["found"]
    held = f"{len(broken)} invariants broken" if broken else "every invariant holds"
    console.print(f"played in {found['play_seconds']:g} s, {found['seconds']:g} s in all; {held}")
    for one in (*broken, *found["unexpected"]):
        console.print(f"not as it should be: {one}", highlight=False)


def _merchant(share: plan.ShopPlan) -> Json:
    return {
        "merchant": share.merchant,
        "name": "Replayed shop",
        "sandbox": True,
        "clock": iso_utc(share.begins),
        "policy": _POLICY,
    }
