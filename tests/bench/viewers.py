"""People who watch their order: what each open page costs the API in memory, and how soon a change reaches all of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil

from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.screen_scene import placed, running_shop
from tests.scenarios.shop import Shop

GOAL: Final = 2.0  # seconds from a change to the last of the pages, most of it the second between two reads
_OF_ORDER: Final = 10
_SCANS: Final = ("pre_transit", "picked_up", "in_transit", "out_for_delivery")
_LATEST: Final = 30.0  # seconds for an event


@dataclass
class OpenPage:
    """One stream. seen: the newest version that it told of, and when that came."""

    order: str
    seen: int = 0
    at: float = 0.0
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, version: int) -> float:
        """When it told of that version."""
        async with asyncio.timeout(_LATEST):
            while self.seen < version:
                self.told.clear()
                await self.told.wait()
        return self.at


async def measure(
    folder: Path, *, database: str | None = None, viewers: int = 200, rounds: int = 4
) -> list[Figure]:
    """Ten pages of each order; in each round every order is scanned once."""
    kind = kind_of(database)
    async with running_shop(folder, database) as shop:
        orders = [await placed(shop, f"#V-{one}") for one in range(max(1, viewers // _OF_ORDER))]
        numbers = {order: await shop.ship(order) for order in orders}
        assert shop.deployment.process is not None
        api = psutil.Process(shop.deployment.process.pid)
        async with AsyncExitStack() as warm:
            await _open_all(warm, shop, orders[:1])
        before = api.memory_info().rss
        async with AsyncExitStack() as stack:
            pages = await _open_all(stack, shop, orders)
            grown = api.memory_info().rss - before
            cpu = sum(api.cpu_times()[:2])
            began = time.monotonic()
            delays = [
                delay for nth in range(rounds) for delay in await _round(shop, numbers, pages, _SCANS[nth])
            ]
            busy = (sum(api.cpu_times()[:2]) - cpu) / (time.monotonic() - began)
    name = f"{len(pages)} viewers, {kind}"
    return [
        Figure(f"memory of each of {name}", round(grown / len(pages) / 1000, 1), "kB"),
        Figure(
            f"from commit to event, p95, {name}", round(percentile(delays, 95), 2), "s", GOAL, at_most=True,
            of={"p50": round(percentile(delays, 50), 2), "events": len(delays), "cpu of the API": round(busy, 2)},
        ),
    ]  # fmt: skip


async def _open_all(stack: AsyncExitStack, shop: Shop, orders: list[str]) -> list[OpenPage]:
    """Open the streams, and wait until each has told of the version that is there."""
    http = await stack.enter_async_context(
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
        )
    )
    pages = []
    for order in orders:
        token = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
        address = f"{shop.deployment.addresses['api']}/o/{token}/live"
        pages += [await stack.enter_async_context(_opened(http, address, order)) for _ in range(_OF_ORDER)]
    for page in pages:
        await page.until(1)
    return pages


@asynccontextmanager
async def _opened(http: aiohttp.ClientSession, address: str, order: str) -> AsyncIterator[OpenPage]:
    page = OpenPage(order)

    async def read() -> None:
        async with http.get(address, params={"seq": "0"}) as answer:
            assert answer.status == 200, answer.status
            async for line in answer.content:
                if line.startswith(b"id: "):
                    page.seen, page.at = int(line[4:]), time.monotonic()
                    page.told.set()

    reading = asyncio.create_task(read())
    try:
        yield page
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


def _is_newer(seq: int, view: dict[str, Any]) -> bool:
    return int(view["seq"]) > seq


async def _round(shop: Shop, numbers: dict[str, str], pages: list[OpenPage], status: str) -> list[float]:
    """Seconds from the moment at which the API shows the new version until each page was told."""
    delays: list[float] = []
    for order, number in numbers.items():
        before = (await shop.view(order))["seq"]
        await shop.scan(number, status)
        shown = await shop.until(order, partial(_is_newer, before))
        since = time.monotonic()
        told = [await page.until(shown["seq"]) for page in pages if page.order == order]
        delays += [max(0.0, at - since) for at in told]
    return delays
