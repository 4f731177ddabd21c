"""The carrier simulator as its users call it, and the orders whose parcels it scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.scenarios.shop import Shop


@dataclass
class SimulatorAccount:
    """One shop's account at the simulator of its deployment. `form`: of its webhooks."""

    shop: Shop
    form: str = "easypost"
    orders: dict[str, str] = field(default_factory=dict)

    async def open(self) -> "SimulatorAccount":
        url = f"{self.shop.deployment.addresses['api']}/v1/webhooks/carriers/{self.form}/{self.shop.name}"
        webhooks = {"form": self.form, "url": url, "secret": self.shop.secrets[self.form]}
        await self.call("PUT", "", {"api_key": f"key-of-{self.shop.name}", "webhooks": webhooks})
        return self

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        where = f"{self.shop.deployment.addresses['carriers']}/accounts/{self.shop.name}{path}"
        async with self.shop.http.request(method, where, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return json.loads(await answer.read())

    async def enable_polling(self, source: str = "easypost", **more: Any) -> None:
        """Have the shop's parcels polled here from now on."""
        base = self.shop.deployment.addresses["carriers"]
        body = {"source": source, "key": f"key-of-{self.shop.name}", "base": base, **more}
        answer = await admin(self.shop, "PUT", f"/v1/merchants/{self.shop.name}/carrier-account", body)
        assert answer["source"] == source

    async def script(self, parcels: Sequence[Mapping[str, Any]], **order: Any) -> None:
        """Script the parcels, and ship an order with each."""
        await self.call("POST", "/parcels", {"parcels": list(parcels)})
        for parcel in parcels:
            number = parcel["tracking_number"]
            self.orders[number] = await self.shop.place(**order)
            await self.shop.ship(self.orders[number], number, carrier=parcel["carrier"])

    async def advance_clock(self, now: datetime) -> dict[str, Any]:
        """Its time is `now`: webhooks that are due are sent."""
        clock: dict[str, Any] = await self.call("POST", "/clock", {"now": now.isoformat()})
        return clock

    async def step_through(self, times: Sequence[datetime]) -> None:
        """Let time pass through these moments; at each, webhooks that are due by then are received."""
        for at in times:
            await self.shop.set_clock(at)
            clock = await self.advance_clock(at)
            assert clock["failed"] == 0

    async def polls(self) -> list[dict[str, Any]]:
        lookups: list[dict[str, Any]] = (await self.call("GET", "/lookups"))["lookups"]
        return lookups


async def admin(shop: Shop, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """As the platform's admin."""
    headers = {"Authorization": f"Bearer {shop.deployment.admin_key}"}
    url = shop.deployment.addresses["api"] + path
    async with shop.http.request(method, url, json=body, headers=headers) as answer:
        result: dict[str, Any] = await answer.json()
        assert answer.status == 200, result
        return result
