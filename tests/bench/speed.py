"""Response times of the main steps, one after the other, and the history size of a lifecycle: `python -m tests.bench.speed [N]`.

Prints p50 and p90 in milliseconds over N orders of a sandbox shop on a fresh `smot up`, and the history events by kind of
the planned lifecycle (six scans, one return, one refund, three mails). With 0 orders only the events. Figures for a note, never
asserted: machines differ.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from tests.scenarios.command_line import OWN_INTERPRETER
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop


class StepTimer:
    """Times per step."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)

    async def time(self, step: str, call: Callable[[], Awaitable[ApiResponse]]) -> ApiResponse:
        began = time.perf_counter()
        answer = await call()
        self.times[step].append((time.perf_counter() - began) * 1000)
        return answer.ok()

    def rows(self) -> list[str]:
        return [
            f"{step:<22} p50 {statistics.median(times):7.1f} ms   p90 {statistics.quantiles(times, n=10)[8]:7.1f} ms"
            for step, times in self.times.items()
        ]


async def whole_lifecycle(shop: Shop, watch: StepTimer) -> str:
    """One order from placed to refunded. Returns our id of it."""
    body = await shop.order_body()
    placed = await watch.time("place an order", lambda: shop.call("POST", "/v1/orders", body))
    order: str = placed["order"]
    number = await shop.ship(order)
    await watch.time("accept a webhook", lambda: shop.scan(number, "delivered"))
    await shop.until(order, lambda view: view["stage"] == "delivered")
    await watch.time("status", lambda: shop.call("GET", f"/v1/orders/{order}"))
    await watch.time("status, live", lambda: shop.call("GET", f"/v1/orders/{order}?live=true"))
    quote = await watch.time("quote a return", lambda: shop.quote(order, item()))
    opened = await watch.time(
        "open a return", lambda: shop.open(order, item(), quote=quote["token"], key=f"open-{order}")
    )
    await watch.time("scan at the bar", lambda: shop.drop_off(opened))
    began = time.perf_counter()
    await shop.paid(order, opened["return"]["return_id"])
    watch.times["bar scan to money"].append((time.perf_counter() - began) * 1000)
    return order


async def budget_lifecycle(shop: Shop) -> str:
    """Six scans, one return, one refund, three mails (a delay, the code, the money)."""
    order = await shop.place()
    number = await shop.ship(order)
    for status in ("pre_transit", "picked_up", "in_transit", "in_transit"):
        await shop.advance_clock(hours=6)
        await shop.scan(number, status)
    await shop.advance_clock(days=4)  # silence: the delay is notified
    await shop.scan(number, "out_for_delivery")
    await shop.advance_clock(hours=3)
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = await shop.open(order, item())
    await shop.drop_off(opened.ok())
    await shop.paid(order, opened["return"]["return_id"])
    return order


async def events(deployment: Deployment, shop: Shop, order: str) -> Counter[str]:
    """How many of each kind its history has."""
    client = await Client.connect(deployment.addresses["temporal"])
    history = await client.get_workflow_handle(f"order/{shop.name}/{order}").fetch_history()
    kinds = (EventType.Name(event.event_type) for event in history.events)
    return Counter(kind.removeprefix("EVENT_TYPE_").lower() for kind in kinds)


async def print_budget(deployment: Deployment, shop: Shop) -> None:
    """The events of the planned lifecycle, the most frequent kind first."""
    order = await budget_lifecycle(shop)
    mails = [notice["kind"] for notice in await shop.notices(order)]
    found = await events(deployment, shop, order)
    print(f"budget life: {found.total()} history events, mails {mails}")
    for kind, count in found.most_common():
        print(f"  {kind:<44} {count:>3}")


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        deployment, watch = Deployment(Path(folder) / "data", OWN_INTERPRETER), StepTimer()
        began = time.perf_counter()
        await deployment.open()
        print(f"smot up ready         {time.perf_counter() - began:.2f} s")
        async with aiohttp.ClientSession() as http:
            shop: Any = await Shop.create(deployment, http)
            await whole_lifecycle(shop, StepTimer())  # warm
            for _ in range(count):
                await whole_lifecycle(shop, watch)
            print("\n".join(watch.rows()))
            await print_budget(deployment, shop)
        await deployment.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
