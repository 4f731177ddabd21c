"""A shop whose every page shows something: for benchmarks of pages. Rate limits are off, as one client stands for many."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.scenarios.command_line import OWN_INTERPRETER
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.people_of_a_shop import colleague, invited
from tests.scenarios.shared_deployment import FAST_DELETION, LOCAL_WEBHOOKS
from tests.scenarios.shop import AT_ONCE, Shop

EMAIL: Final = "zdzislawa.testowa@example.org"
OPEN: Final = {
    **FAST_DELETION,
    **LOCAL_WEBHOOKS,
    **{f"SMOT_RATE_{name}": "off" for name in ("READS", "WRITES", "WEBHOOKS", "LINKS", "PUBLIC", "LOOKUPS")},
    "SMOT_RATE_LOOKUPS_OF_ORDER": "off",
}
_TOGETHER = 2
_TRIES = 5


@dataclass(frozen=True)
class ScreenScene:
    """sessions: of a user of each role. values: what the placeholders of addresses stand for, by the beginning of the address."""

    shop: Shop
    sessions: dict[str, str]
    values: dict[str, dict[str, str]]


@asynccontextmanager
async def running_shop(
    folder: Path, database: str | None, env: dict[str, str] | None = None, **policy: Any
) -> AsyncIterator[Shop]:
    """A sandbox shop on a new deployment."""
    folder.mkdir(parents=True, exist_ok=True)
    deployment = Deployment(folder / "data", {**OWN_INTERPRETER, **(OPEN if env is None else env)}, database)
    await deployment.open()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            yield await Shop.create(deployment, http, notices=AT_ONCE, **policy)
    finally:
        await deployment.close()


async def a_scene(shop: Shop, orders: int) -> ScreenScene:
    """Delivered orders whose returns wait for a person, and one of everything that a page is about."""
    found = await _returned(shop, orders)
    order, return_id = found[0]
    (await shop.call("POST", "/v1/order-lookups", await _lookup(shop, order))).ok()
    letter = await shop.until_notice(order, "order_link")
    once = re.search(r"/f/(once_\S+)", letter["text"])
    assert once, letter["text"]
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    panel = (await shop.call("POST", "/v1/panel-links", {"email": EMAIL}, role="agent")).ok()["path"]
    person = {"customer_id": "c-1", "email": "gone@example.org"}
    asked = {"kind": "access", "person": person}
    request = (await shop.call("POST", "/v1/privacy/requests", asked, role="admin")).ok()["id"]
    endpoint = {"url": "http://127.0.0.1:9/hook", "events": ["order.placed"]}
    made = (await shop.call("POST", "/v1/webhook-endpoints", endpoint, role="admin")).ok()
    feedback = await _feedback(shop)
    users = {role: await colleague(shop, f"{role}@example.org", role) for role in ("admin", "agent")}
    welcome = (await invited(shop, "new@example.org"))["token"]
    common = {
        "order": order, "return": return_id, "merchant": shop.name, "notice": str(letter["id"]), "number": "0",
        "request": request, "endpoint": made["endpoint"], "user": users["agent"].id, "version": "1", "command": "hold",
        "panel": panel.partition("token=")[2],
    }  # fmt: skip
    values = {
        "": {**common, "token": link},
        "/f/": {"token": once[1]},
        "/agents/welcome/": {"token": welcome},
        "/feedback/": {"token": feedback},
    }
    return ScreenScene(shop, {role: one.token for role, one in users.items()}, values)


async def _returned(shop: Shop, count: int) -> list[tuple[str, str]]:
    """So many orders, each with the id of its return."""
    slots = asyncio.Semaphore(_TOGETHER)

    async def one(number: int) -> tuple[str, str]:
        async with slots:
            order = await placed(shop, f"#S-{1000 + number}")
            await shop.scan(await shop.ship(order), "delivered")
            await shop.until(order, lambda view: view["stage"] == "delivered")
            opened = (await shop.open(order, item())).ok()
            return order, opened["return"]["return_id"]

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def placed(shop: Shop, number: str) -> str:
    """Our id of a new order. On a busy machine the first answer may be that its journey will start."""
    body = await shop.order_body(order_id=number)
    for _ in range(_TRIES):
        answer = await shop.call("POST", "/v1/orders", body)
        if answer.status != 503:
            break
    order: str = answer.ok()["order"]
    return order


async def _feedback(shop: Shop) -> str:
    """The token of the page that asks how a delivery went."""
    order = await placed(shop, "#S-999")
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    page: str = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()["open"]["page"]
    return page.rpartition("/")[2]


async def _lookup(shop: Shop, order: str) -> dict[str, str]:
    return {"merchant": shop.name, "number": (await shop.view(order))["number"], "proof": EMAIL}
