"""A merchant's own stock and fulfilment systems as a process, and a shop that offers exchanges with them."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.patience import PATIENCE, STARTUP
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.shop import Shop

IN_STOCK = [
    {"sku": "MUG-BLUE", "title": "Mug, blue", "price": None, "stock": 5},
    {"sku": "BOWL", "title": "Bowl", "price": gbp(1000), "stock": 5},
    {"sku": "JUG", "title": "Jug", "price": gbp(1700), "stock": 5},
    {"sku": "RARE", "title": "Rare cup", "price": None, "stock": 0},
]


class SimulatedShops:
    """The process. Each merchant's systems are below the merchant's name."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self.http = base, http

    @classmethod
    @asynccontextmanager
    async def running(cls, file: Path, http: aiohttp.ClientSession) -> AsyncIterator["SimulatedShops"]:
        argv = [sys.executable, "-m", "simulators.shop_system.server", "--port", "0", "--file", str(file)]
        process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(STARTUP):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("simulated shop ready on http://"), line
        yield cls(line.split()[-1], http)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), STARTUP)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, f"{self.base}/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()


class ExchangingShop:
    """A sandbox merchant that offers exchanges."""

    def __init__(self, shop: Shop, systems: SimulatedShops) -> None:
        self.shop, self.systems = shop, systems

    @classmethod
    async def create(
        cls, deployment: Deployment, systems: SimulatedShops, hold_hours: int | None = None, **policy: Any
    ) -> "ExchangingShop":
        """Three mugs at 12.00 and a lamp are what its customers buy; blue mugs, bowls and jugs are in stock."""
        policy = {"resolutions": ["refund", "store_credit", "exchange"], **policy}
        shop = await Shop.create(deployment, systems.http, **policy)
        there = cls(shop, systems)
        url = {"url": f"{systems.base}/{shop.name}"}
        made = (await shop.call("PUT", "/v1/shop-system", url)).ok()
        await systems.control("PUT", shop.name, {"secret": made["secret"], "hold_hours": hold_hours})
        await there.put_articles(*IN_STOCK)
        return there

    async def put_articles(self, *articles: dict[str, Any]) -> None:
        await self.systems.control("PUT", f"{self.shop.name}/articles", {"articles": list(articles)})

    async def stock(self) -> dict[str, int]:
        """What is available of each article."""
        found: dict[str, int] = await self.systems.control("GET", f"{self.shop.name}/stock")
        return found

    async def sendings(self) -> list[dict[str, Any]]:
        """The requests to send that the fulfilment accepted."""
        found = await self.systems.control("GET", f"{self.shop.name}/sendings")
        sendings: list[dict[str, Any]] = found["sendings"]
        return sendings

    async def until_asked(self, count: int = 1) -> list[dict[str, Any]]:
        """The requests to send once there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(found := await self.sendings()) < count:
                await asyncio.sleep(0.02)
        return found

    async def fault(self, call: str, kind: str, times: int = 1) -> None:
        body = {"call": call, "kind": kind, "times": times}
        await self.systems.control("POST", f"{self.shop.name}/faults", body)

    async def quote(self, order: str, sku: str, line: str = "1", **more: Any) -> ApiResponse:
        """A quote of one unit of the line for another article."""
        body = {"items": [item(line, **more)], "exchange": [{"line_id": line, "sku": sku}]}
        return await self.shop.call("POST", f"/v1/orders/{order}/returns/quote", body)

    async def open(
        self, order: str, sku: str, line: str = "1", quantity: int = 1, fallback: str = "refund"
    ) -> ApiResponse:
        """Open the exchange of so many units of the line."""
        wish = [{"line_id": line, "sku": sku}]
        opened = await self.shop.open(
            order, item(line, quantity), resolution="exchange", exchange=wish, fallback=fallback
        )
        return opened.ok()

    async def exchange(self, opened: ApiResponse, *wanted: str) -> dict[str, Any]:
        """The return once its exchange has one of these statuses."""
        return_id, order = opened["return"]["return_id"], opened["return"]["order"]

        def has_status(view: dict[str, Any]) -> bool:
            [case] = [one for one in view["returns"] if one["return_id"] == return_id]
            return case["exchange"]["status"] in wanted

        view = await self.shop.until(order, has_status, PATIENCE)
        found: dict[str, Any] = next(one for one in view["returns"] if one["return_id"] == return_id)
        return found

    async def ship_new_goods(self, sending: dict[str, Any]) -> str:
        """Report the parcel with the goods of a request, as the fulfilment does; its tracking number."""
        lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in sending["goods"]]
        return await self.shop.ship(sending["order"], lines=lines)
