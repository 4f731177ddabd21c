"""A stand-in for the Admin API of Shopify: `python -m simulators.payments.shopify.server --port P --file F`.

`POST /admin/api/{version}/graphql.json` is what Shopify has. All other routes are the stand-in's own: they place orders, act as
the shop's staff, move the clock and arm faults. It holds many shops; the access token says which.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from simulators import base
from simulators.base import SimulatorServer, json_response, read
from simulators.payments.shopify import staff, webhooks
from simulators.payments.shopify.control import (
    ClockChange,
    Disarm,
    DisputeChange,
    Fault,
    NewShop,
    PlacedOrder,
    StaffRefund,
    StaffReturn,
    TransactionChange,
)
from simulators.payments.shopify.documents import Refused, checked
from simulators.payments.shopify.store import ShopAnswer, ShopStore, internal_error, root_fields

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
_BEFORE = ("cut_before", "http_500_before", "http_503", "internal_before", "internal_kept", "unauthorized")
REPEATS = 8
_HTML = "<html><body><h1>Something went wrong</h1></body></html>"


class ShopifyServer(SimulatorServer[ShopStore]):
    """The HTTP API on one file."""

    name = "shopify stand-in"
    max_body = 256 * 1024

    def __init__(self, file: Path) -> None:
        super().__init__(partial(ShopStore, file))
        self._repeats: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/admin/api/{version}/graphql.json", self.graphql),
            web.post("/shops", self.create_shop),
            web.post("/orders", self.create_order),
            web.post("/shops/{shop}/refunds", self._staff(staff.refund, StaffRefund)),
            web.post("/shops/{shop}/returns", self._staff(staff.change_return, StaffReturn)),
            web.post("/shops/{shop}/transactions", self._staff(staff.change_transaction, TransactionChange)),
            web.post("/shops/{shop}/disputes", self._staff(staff.change_dispute, DisputeChange)),
            web.get("/shops/{shop}/webhooks", self.sent_webhooks),
            web.post("/shops/{shop}/webhooks/{seq}", self.send_again),
            web.get("/shops/{shop}/mails", self.sent_mails),
            web.post("/clock", self.move_clock),
            web.post("/faults", self.arm),
            web.get("/faults", self.armed),
            web.post("/faults/disarm", self.disarm),
        ]

    async def create_shop(self, request: web.Request) -> web.StreamResponse:
        """Add a shop."""
        return _respond(await self.run(self.store.create_shop, await read(request, NewShop)))

    async def create_order(self, request: web.Request) -> web.StreamResponse:
        """Place an order in a shop."""
        new = await read(request, PlacedOrder)
        return _respond(await self.run(self.store.in_shop, new.shop, staff.place, new))

    def _staff(self, work: Callable[..., Any], kind: type[Any]) -> base.Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            shop, given = request.match_info["shop"], await read(request, kind)
            last = await self._last(shop)
            answer = await self.run(self.store.in_shop, shop, work, given)
            await self._deliver(shop, last)
            return _respond(answer)

        return handler

    async def move_clock(self, request: web.Request) -> web.StreamResponse:
        """Move the clock ahead."""
        return _respond(await self.run(self.store.move_clock, (await read(request, ClockChange)).seconds))

    async def arm(self, request: web.Request) -> web.StreamResponse:
        """Arm a fault."""
        return _respond(await self.run(self.store.arm, await read(request, Fault)))

    async def disarm(self, request: web.Request) -> web.StreamResponse:
        """Forget faults."""
        await self.run(self.store.disarm, (await read(request, Disarm)).about)
        return json_response({})

    async def armed(self, _: web.Request) -> web.StreamResponse:
        """The faults with times left."""
        return json_response({"faults": await self.run(self.store.armed)})

    async def sent_webhooks(self, request: web.Request) -> web.StreamResponse:
        """The webhooks of a shop with their headers, oldest first."""
        domain = request.match_info["shop"]
        shop = await self.run(self.store.shop, domain)
        rows = await self.run(self.store.sent, domain, 0)
        secret = shop["webhook_secret"] if shop else ""
        shown = [{**row, "headers": webhooks.headers_of(row, secret)} for row in rows]
        return json_response({"webhooks": shown})

    async def send_again(self, request: web.Request) -> web.StreamResponse:
        """Send a webhook again, with its first bytes."""
        await self._deliver(request.match_info["shop"], int(request.match_info["seq"]) - 1, once=True)
        return json_response({})

    async def sent_mails(self, request: web.Request) -> web.StreamResponse:
        """What customers were sent mails about."""
        return json_response({"mails": await self.run(self.store.mails, request.match_info["shop"])})

    async def graphql(self, request: web.Request) -> web.StreamResponse:
        """The Admin API."""
        token = request.headers.get("X-Shopify-Access-Token", "")
        try:
            given = json.loads(await request.read())
        except ValueError:
            return json_response({"errors": {"base": "Bad Request"}}, 400)
        if not isinstance(given, dict):
            return json_response({"errors": {"base": "Bad Request"}}, 400)
        variables = json.dumps(given.get("variables"))
        fault = await self.run(self.store.next_fault, _root_fields(given), variables)
        if fault is not None and fault.kind in _BEFORE:
            return await self._fail_before(request, token, given, fault)
        claimed: Sequence[str] = ()
        if fault is not None and fault.kind == "slow":
            claimed = await self.run(self.store.claim, token, given, "running")
            await asyncio.sleep(fault.seconds)
        last = await self._last(await self._domain(token))
        throttled = fault is not None and fault.kind == "throttled"
        answer = await self.run(self.store.execute, token, given, claimed, throttled)
        await self._deliver(answer.shop, last)
        if fault is not None:
            return await self._fail_after(request, answer, fault)
        return await self._served(request, answer)

    async def _served(self, request: web.Request, answer: ShopAnswer) -> web.Response:
        version = request.match_info["version"]
        headers = {"X-Shopify-API-Version": version if version in VERSIONS else VERSIONS[0]}
        shop = await self.run(self.store.shop, answer.shop)
        if shop and shop["deprecated"]:
            headers["X-Shopify-API-Deprecated-Reason"] = shop["deprecated"]
        return json_response(answer.body, answer.status, headers)

    async def _fail_before(
        self, request: web.Request, token: str, given: Mapping[str, Any], fault: Fault
    ) -> web.StreamResponse:
        if fault.kind == "internal_kept":
            await self.run(self.store.claim, token, given, "failed")
        if fault.kind.startswith("internal"):
            return json_response(internal_error())
        if fault.kind == "unauthorized":
            return _respond(await self.run(self.store.execute, "", given))
        if fault.kind == "cut_before" and request.transport is not None:
            request.transport.abort()
        return web.Response(text=_HTML, content_type="text/html", status=503 if "503" in fault.kind else 500)

    async def _fail_after(self, request: web.Request, answer: ShopAnswer, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "hang":
                await asyncio.sleep(fault.seconds)
            case "cut_after" if request.transport is not None:
                request.transport.abort()
            case "cut_in_body":
                return await _half(request, answer)
            case "http_500_after":
                return web.Response(text=_HTML, content_type="text/html", status=500)
            case "html_200":
                return web.Response(text=_HTML, content_type="text/html")
            case "not_json":
                return web.Response(text='{"data": {"refundCreate": ', content_type="application/json")
            case "no_data":
                return json_response({"data": {}})
            case "internal_after":
                return json_response(internal_error())
            case "other_refund":
                return json_response(await self._foreign(answer))
        return await self._served(request, answer)

    async def _foreign(self, answer: ShopAnswer) -> dict[str, Any]:
        body = json.loads(json.dumps(answer.body))
        refund = body["data"]["refundCreate"]["refund"]
        other = await self.run(self.store.another_refund, answer.shop, refund["order"]["id"])
        assert other is not None, "there must be a refund of another order"
        refund |= {"id": other["id"], "note": other["note"], "order": {"id": other["order"]}}
        return dict(body)

    async def _domain(self, token: str) -> str:
        shop = await self.run(self.store.shop_of, token)
        return str(shop["domain"]) if shop else ""

    async def _last(self, domain: str) -> int:
        rows = await self.run(self.store.sent, domain, 0)
        return int(rows[-1]["seq"]) if rows else 0

    async def _deliver(self, domain: str, after: int, *, once: bool = False) -> None:
        """Send what happened to the shop's receiver, if it has one, before the call is answered.

        What the receiver does not take is repeated later, beside the calls.
        """
        shop = await self.run(self.store.shop, domain) if domain else None
        if not shop or not shop["webhook_url"]:
            return
        rows = await self.run(self.store.sent, domain, after)
        for row in rows[:1] if once else rows:
            if not await _taken(shop, row):
                task = asyncio.create_task(_repeat(shop, row))
                self._repeats.add(task)
                task.add_done_callback(self._repeats.discard)

    def invalid_response(self, message: str) -> web.Response:
        return json_response({"error": message}, 400)


async def _repeat(shop: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Shopify repeats a webhook eight times within four hours; here within four minutes."""
    for attempt in range(REPEATS):
        await asyncio.sleep(2**attempt)
        if await _taken(shop, row):
            return


async def _taken(shop: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the receiver answered in five seconds that it has the webhook."""
    headers = webhooks.headers_of(row, shop["webhook_secret"])
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
            http.post(shop["webhook_url"], data=str(row["body"]).encode(), headers=headers) as answer,
        ):
            return 200 <= answer.status < 300
    except (aiohttp.ClientError, TimeoutError):
        return False


def _root_fields(given: Mapping[str, Any]) -> list[str]:
    try:
        return root_fields(checked(given.get("query")))
    except Refused:
        return []


async def _half(request: web.Request, answer: ShopAnswer) -> web.StreamResponse:
    body = json.dumps(answer.body).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response


def _respond(answer: ShopAnswer) -> web.Response:
    return json_response(answer.body, answer.status)


if __name__ == "__main__":
    base.main("A stand-in for the Admin API of Shopify on loopback.", ShopifyServer)
