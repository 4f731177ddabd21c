"""The deployment under attack, and its merchants."""

import asyncio
import json
import os
import resource
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from store.engine.database import Database

PATIENCE = 30.0  # seconds that a shop waits for the answer to an order


@dataclass(frozen=True)
class Target:
    """A `smot up` of that checkout on free ports. `codes`: the key that signs links, in hexadecimal digits."""

    api: str
    admin_key: str
    codes: str

    @property
    def port(self) -> int:
        return int(self.api.rpartition(":")[2])


@asynccontextmanager
async def running(tree: Path, data: Path) -> AsyncIterator[Target]:
    """With the soft limit of open files with which many systems start a process."""
    command = (str(tree / ".venv/bin/smot"), "up", "--data", str(data), "--port", "0", "--json")
    with (data.parent / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tree, stdout=asyncio.subprocess.PIPE, stderr=log, preexec_fn=_usual_limit,
            env={**os.environ, "SMOT_PUBLIC_URL": "https://shop.example"},
        )  # fmt: skip
        assert process.stdout is not None
        async with asyncio.timeout(90):
            line = (await process.stdout.readline()).decode()
        addresses = json.loads(line.removeprefix("ready "))
        try:
            yield Target(
                addresses["api"],
                (data / "admin.key").read_text().strip(),
                await _codes(data),
            )
        finally:
            process.terminate()
            await process.wait()


async def _codes(data: Path) -> str:
    settings = Settings(data=data)
    db = Database(settings.database_url)
    try:
        return (await open_deployment_keys(settings, db)).derived("codes").hex()
    finally:
        await db.close()


def _usual_limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@dataclass(frozen=True)
class Merchant:
    """A merchant, real time unless it is a sandbox. Each request has a connection of its own, as from a shop's checkout."""

    api: str
    name: str
    keys: dict[str, str]
    secrets: dict[str, str]

    @classmethod
    async def create(cls, target: Target) -> "Merchant":
        name = f"shop-{secrets.token_hex(4)}"
        made = await _send(
            target.api, target.admin_key, "/v1/merchants", {"merchant": name, "name": "A shop"}
        )
        return cls(target.api, name, made["keys"], made["webhook_secrets"])

    async def place(self) -> str:
        """An order of one mug, paid by a gift card; our id of it."""
        price = {"minor": 1200, "currency": "GBP"}
        body = {
            "order_id": f"#{secrets.token_hex(6)}",
            "placed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "currency": "GBP",
            "customer": {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org"},
            "destination": {"country": "GB", "zone": "Europe/London"},
            "promise": {"day": "2099-12-31"},
            "lines": [{"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": price}],
            "shipping": {"minor": 0, "currency": "GBP"},
            "tenders": [{"tender_id": "t", "kind": "gift_card", "amount": price}],
        }
        order: str = (await _send(self.api, self.keys["storefront"], "/v1/orders", body))["order"]
        return order

    async def link(self, order: str) -> str:
        """A customer's link to that order."""
        path = f"/v1/orders/{order}/customer-links"
        token: str = (await _send(self.api, self.keys["storefront"], path, {}))["token"]
        return token


async def _send(api: str, key: str, path: str, body: Any) -> Any:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.post(api + path, json=body, headers={"Authorization": f"Bearer {key}"}) as answer,
    ):
        parsed = await answer.json()
        assert answer.status < 300, (answer.status, parsed)
        return parsed
