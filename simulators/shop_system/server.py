"""The simulated shop: `python -m simulators.shop_system.server --port P --file F`. See docs/simulator.md.

It is a merchant's own stock and fulfilment systems, strict as docs/your-own-shop.md describes them: every call is signed, a key
has one effect and one answer, and reservations end. Several shops share it, each below its own name. Calls state its time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from simulators import base
from simulators.base import HOST, SimulatorServer, StrictRequest, json_response, read
from simulators.shop_system.schemas import (
    Articles,
    ArticlesRequest,
    CallFault,
    ConfirmRequest,
    ReleaseRequest,
    ReserveRequest,
    SendRequest,
    Setup,
)
from simulators.shop_system.stock_store import OtherRequest, StockStore

Act = Callable[[str, Any, bool], dict[str, Any]]


class ShopSystemServer(SimulatorServer[StockStore]):
    """The calls of smot, and those by which a test sets a shop up and looks at it."""

    name = "simulated shop"
    max_body = 2**20

    def __init__(self, file: Path) -> None:
        super().__init__(partial(StockStore, file))

    def routes(self) -> Sequence[web.RouteDef]:
        store = self.store
        return [
            web.put("/{shop}", self.set_up),
            web.put("/{shop}/articles", self.put_articles),
            web.post("/{shop}/faults", self.arm_fault),
            web.get("/{shop}/stock", self.get_stock),
            web.get("/{shop}/sendings", self.list_sendings),
            self._call("stock/articles", ArticlesRequest, lambda shop, ask, _: _articles(store, shop, ask)),
            self._call("stock/reservations", ReserveRequest, lambda shop, body, _: store.reserve(shop, body)),
            self._call(
                "stock/confirmations", ConfirmRequest, lambda shop, body, _: store.confirm(shop, body)
            ),
            self._call("stock/releases", ReleaseRequest, lambda shop, body, _: store.release(shop, body)),
            self._call("fulfilments", SendRequest, store.send),
        ]

    def _call(self, call: str, kind: type[StrictRequest], act: Act) -> web.RouteDef:
        """A signed call: nothing is read of a body whose signature is wrong."""

        async def handle(request: web.Request) -> web.StreamResponse:
            shop, raw = request.match_info["shop"], await request.read()
            secret = await self.run(self.store.secret, shop)
            try:
                Webhook(secret or "whsec_AAAA").verify(raw, dict(request.headers))
            except (WebhookVerificationError, ValueError):
                return json_response({"error": "signature"}, status=401)
            body = kind.model_validate_json(raw)
            fault = await self.run(self.store.fault, shop, call)
            if fault in ("no_answer", "unavailable", "garbage"):
                return _faulty(request, fault)
            try:
                answer = await self.run(act, shop, body, fault == "refuse")
            except OtherRequest:
                return json_response({"error": "key_used_for_another_request"}, status=409)
            return _faulty(request, "no_answer") if fault == "effect_no_answer" else json_response(answer)

        return web.post(f"/{{shop}}/{call}", handle)

    async def set_up(self, request: web.Request) -> web.StreamResponse:
        """Create or change a shop."""
        await self.run(self.store.set_up, request.match_info["shop"], await read(request, Setup))
        return json_response({})

    async def put_articles(self, request: web.Request) -> web.StreamResponse:
        """Set what is in stock."""
        found = await read(request, Articles)
        await self.run(self.store.put_articles, request.match_info["shop"], found.articles)
        return json_response({})

    async def arm_fault(self, request: web.Request) -> web.StreamResponse:
        """Arm a fault for the next calls."""
        await self.run(self.store.arm, request.match_info["shop"], await read(request, CallFault))
        return json_response({}, status=201)

    async def get_stock(self, request: web.Request) -> web.StreamResponse:
        """What is available of each article."""
        return json_response(await self.run(self.store.stock, request.match_info["shop"]))

    async def list_sendings(self, request: web.Request) -> web.StreamResponse:
        """The requests to send that were accepted."""
        found = await self.run(self.store.sendings, request.match_info["shop"])
        return json_response({"sendings": found})

    def invalid_response(self, message: str) -> web.Response:
        return json_response({"error": message}, status=400)


def _articles(store: StockStore, shop: str, ask: ArticlesRequest) -> dict[str, Any]:
    return {"articles": store.articles(shop, [one.sku for one in ask.articles])}


def _faulty(request: web.Request, fault: str) -> web.StreamResponse:
    if fault == "no_answer":
        assert request.transport is not None
        request.transport.abort()
    return web.Response(status=503 if fault == "unavailable" else 200, text="<html>")


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one."""
    await base.serve(ShopSystemServer, file, port, host)


if __name__ == "__main__":
    base.main("A merchant's own stock and fulfilment systems on loopback.", ShopSystemServer)
