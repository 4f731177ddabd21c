"""The stand-in for Shopify as a real process, with one shop, for the tests of its API and of the adapter."""

import asyncio
import base64
import hashlib
import hmac
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.patience import PATIENCE

DOMAIN = "one.myshopify.com"
TOKEN = "token-of-one"
SECRET = "webhook-secret-of-one"

REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund {
      id note
      totalRefundedSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
      transactions(first: 5) { nodes { id status gateway parentTransaction { id } } }
    }
    order { totalRefundedSet { shopMoney { amount } } netPaymentSet { shopMoney { amount } } }
    userErrors { field message }
  }
}
"""


class ShopProcess:
    """The server's process and its own routes."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self.http = base, http

    async def post(self, path: str, body: object) -> Any:
        async with self.http.post(self.base + path, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(self.base + path) as answer:
            return await answer.json()

    async def shop(self, **changed: object) -> None:
        shop = {"domain": DOMAIN, "token": TOKEN, "webhook_secret": SECRET, "currency": "EUR"}
        await self.post("/shops", {**shop, **changed})

    async def order(self, amount: str = "50.00", **more: Any) -> dict[str, Any]:
        """A paid order; `transactions` are its payments."""
        transactions = more.pop("transactions", [{"amount": amount}])
        placed = await self.post("/orders", {"shop": DOMAIN, "transactions": transactions, **more})
        return dict(placed)

    async def arm(self, kind: str, **more: object) -> None:
        await self.post("/faults", {"kind": kind, **more})

    async def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        token: str = TOKEN,
        version: str = "2026-10",
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers of the answer of the Admin API."""
        async with self.http.post(
            f"{self.base}/admin/api/{version}/graphql.json",
            json={"query": query, "variables": dict(variables or {})},
            headers={"X-Shopify-Access-Token": token},
        ) as answer:
            return answer.status, await answer.json(), answer.headers

    async def refund(self, order: Mapping[str, Any], amount: str, key: str, **more: object) -> Any:
        """The payload of `refundCreate` through the order's first payment."""
        given = {"orderId": order["id"], "transactions": [payment(order, amount)], **more}
        status, body, _ = await self.graphql(REFUND, {"input": given, "key": key})
        assert status == 200, body
        assert "data" in body, body
        return body["data"]["refundCreate"]

    async def webhooks(self, topic: str = "") -> list[dict[str, Any]]:
        sent = (await self.get(f"/shops/{DOMAIN}/webhooks"))["webhooks"]
        return [one for one in sent if topic in ("", one["topic"])]

    async def mails(self) -> list[str]:
        return list((await self.get(f"/shops/{DOMAIN}/mails"))["mails"])


def payment(order: Mapping[str, Any], amount: str, **changed: object) -> dict[str, object]:
    """One entry of `RefundInput.transactions`."""
    parent = order["transactions"][0]["id"]
    wanted = {"amount": amount, "gateway": "any text", "kind": "REFUND", "orderId": order["id"]}
    return {**wanted, "parentId": parent, **changed}


def number(gid: str) -> str:
    return gid.rpartition("/")[2]


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


@asynccontextmanager
async def received_bodies(refused: int = 0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a receiver of webhooks, and the bodies that came there. refused: how many of the first it does not take."""
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.read())
        return web.Response(status=503 if len(bodies) <= refused else 200)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", bodies
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running_shop(file: Path) -> AsyncIterator[ShopProcess]:
    """The process with the shop of `DOMAIN`, until the end of the block."""
    argv = [sys.executable, "-m", "simulators.payments.shopify.server", "--port", "0", "--file", str(file)]
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    assert line.startswith("shopify stand-in ready on http://"), line
    async with aiohttp.ClientSession() as http:
        shop = ShopProcess(line.split()[-1], http)
        await shop.shop()
        try:
            yield shop
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE)
