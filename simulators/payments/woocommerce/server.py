"""A WooCommerce shop: `python -m simulators.payments.woocommerce.server --port P --file F`.

Under `/wp-json/wc/v3` it is as strict, as lenient and as surprising as WooCommerce. Under `/control` tests set it up, arm faults,
and read what its payment gateway has paid.
"""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from simulators import base
from simulators.base import HOST, Handler, SimulatorServer, json_response, read
from simulators.payments.woocommerce import authentication, dirty_answers, refusals
from simulators.payments.woocommerce.notes import NoteRoutes
from simulators.payments.woocommerce.order_routes import OrderRoutes
from simulators.payments.woocommerce.refund_items import restocked_units
from simulators.payments.woocommerce.refunds import RefundMaker, Stopped
from simulators.payments.woocommerce.refusals import Answer
from simulators.payments.woocommerce.rendering import complete_order
from simulators.payments.woocommerce.schemas import ApiKey, CheckedOut, ShopDisarm, ShopFault, ShopSettings
from simulators.payments.woocommerce.store import WooStore
from simulators.payments.woocommerce.webhooks import Webhooks, shown

_ROOT = "/wp-json/wc/v3"


class WooServer(SimulatorServer[WooStore]):
    """The HTTP interface of the shop on one file."""

    name = "woocommerce shop"
    max_body = 1024 * 1024

    def __init__(self, file: Path) -> None:
        super().__init__(partial(WooStore, file))
        self._cached: dict[str, tuple[int, str, dict[str, str]]] = {}
        self._orders = OrderRoutes(self.store, self.run, self._changed)
        self._notes = NoteRoutes(self.store, self.run)
        self._webhooks = Webhooks(self.store, self.run, self._orders.rendered)
        self._refunds = RefundMaker(self.store, self.run, self._changed)

    async def _changed(self, order: int, event: str = "updated") -> None:
        await self._webhooks.order_changed(order, event)

    def application(self) -> web.Application:
        app = super().application()
        app.middlewares.append(self._as_wordpress)
        return app

    def routes(self) -> Sequence[web.RouteDef]:
        orders, webhooks = f"{_ROOT}/orders", f"{_ROOT}/webhooks"
        order, webhook = orders + r"/{order:\d+}", webhooks + r"/{webhook:\d+}"
        refund = order + r"/refunds/{refund:\d+}"
        return [
            web.get(orders, self._orders.list_orders),
            web.get(order, self._orders.get_order),
            web.put(order, self.change_order),
            web.delete(order, self._orders.delete_order),
            web.get(f"{order}/refunds", self._orders.list_refunds),
            web.post(f"{order}/refunds", self.refund),
            web.get(refund, self._orders.get_refund),
            web.delete(refund, self._orders.delete_refund),
            web.get(f"{order}/notes", self._notes.list_notes),
            web.post(f"{order}/notes", self.note),
            web.get(webhooks, self.list_webhooks),
            web.post(webhooks, self.create_webhook),
            web.get(webhook, self.get_webhook),
            web.put(webhook, self.change_webhook),
            web.delete(webhook, self.delete_webhook),
            web.put("/control/settings", self.set_settings),
            web.post("/control/keys", self.add_key),
            web.post("/control/orders", self.place_order),
            web.post(r"/control/orders/{order:\d+}/restore", self.restore_order),
            web.get(r"/control/orders/{order:\d+}/paid", self.paid),
            web.get(r"/control/orders/{order:\d+}/stock", self.restocked),
            web.post("/control/faults", self.arm),
            web.post("/control/disarm", self.disarm),
            web.post("/control/deliver", self.deliver),
        ]

    @web.middleware
    async def _as_wordpress(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Authentication, unknown routes and the page cache."""
        if not request.path.startswith("/wp-json/"):
            return await handler(request)
        if await self.run(self.store.is_down, request.path):
            return dirty_answers.gateway_timeout()
        settings = await self.run(self.store.settings)
        if settings.down:
            return web.Response(text="<html>Service Unavailable</html>", content_type="text/html", status=503)
        cached = self._cached.get(str(request.rel_url)) if request.method == "GET" else None
        if settings.page_cache and cached is not None:
            return web.Response(status=cached[0], text=cached[1], headers=cached[2])
        caller = authentication.SignedRequest(
            request.method,
            str(request.url.with_query(None)),
            dict(request.query),
            request.headers.get("Authorization", ""),
        )
        refusal = await self.run(authentication.refuse, self.store, caller)
        if refusal is not None:
            return dirty_answers.clean(refusal)
        try:
            response = await handler(request)
        except web.HTTPNotFound:
            return dirty_answers.clean(refusals.NO_ROUTE)
        if settings.page_cache and request.method == "GET" and isinstance(response, web.Response):
            headers = {"Content-Type": "application/json"}
            self._cached[str(request.rel_url)] = (response.status, response.text or "", headers)
        return response

    async def refund(self, request: web.Request) -> web.StreamResponse:
        """Make a refund."""
        order = int(request.match_info["order"])
        fault = await self.run(self.store.next_fault, order)
        if fault is not None and fault.kind == "html_504_before":
            return dirty_answers.gateway_timeout()
        if fault is not None and fault.kind == "too_many_429":
            return dirty_answers.too_many_requests()
        work = asyncio.create_task(self._refunds.make(order, await _body(request), fault))
        try:
            made = await asyncio.shield(work)  # the shop's program goes on when the caller hangs up
        except Stopped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if isinstance(made, Answer):
            return dirty_answers.clean(made)
        answer = Answer(201, await self._orders.refund_body(request, made))
        if fault is None:
            return dirty_answers.clean(answer)
        return await dirty_answers.spoiled(request, answer, fault)

    async def change_order(self, request: web.Request) -> web.StreamResponse:
        """Change status, texts or metadata; the status `refunded` makes a row for the rest."""
        order = await self.run(self.store.order, int(request.match_info["order"]))
        if order is None:
            return dirty_answers.clean(refusals.NO_ORDER)
        asked = await _body(request)
        if asked.get("status") == "refunded" and order["status"] != "refunded":
            await self._refunds.refund_by_status(order)
        metas = {one["key"]: one for one in [*order["meta_data"], *asked.pop("meta_data", [])]}
        await self.run(self.store.save_order, {**order, **asked, "meta_data": [*metas.values()]})
        await self._changed(order["id"])
        return dirty_answers.clean(Answer(200, await self._orders.rendered(order["id"])))

    # Webhooks

    async def list_webhooks(self, request: web.Request) -> web.StreamResponse:
        """Webhooks of a status, or all."""
        status = request.query.get("status", "all")
        found = await self.run(self.store.webhooks)
        listed = [shown(one) for one in found if status in ("all", one["status"])]
        return dirty_answers.clean(Answer(200, listed))

    async def create_webhook(self, request: web.Request) -> web.StreamResponse:
        """Register a webhook."""
        return dirty_answers.clean(await self._webhooks.create(await _body(request)))

    async def get_webhook(self, request: web.Request) -> web.StreamResponse:
        """One webhook."""
        webhook = await self.run(self.store.webhook, int(request.match_info["webhook"]))
        return dirty_answers.clean(Answer(200, shown(webhook)) if webhook else refusals.NO_WEBHOOK)

    async def change_webhook(self, request: web.Request) -> web.StreamResponse:
        """Change a webhook, or switch it on again."""
        webhook = await self.run(self.store.webhook, int(request.match_info["webhook"]))
        if webhook is None:
            return dirty_answers.clean(refusals.NO_WEBHOOK)
        return dirty_answers.clean(await self._webhooks.update(webhook, await _body(request)))

    async def delete_webhook(self, request: web.Request) -> web.StreamResponse:
        """Remove a webhook."""
        await self.run(self.store.delete_webhook, int(request.match_info["webhook"]))
        return dirty_answers.clean(Answer(200, {}))

    # For tests

    async def set_settings(self, request: web.Request) -> web.StreamResponse:
        """Replace all settings."""
        await self.run(self.store.set_settings, await read(request, ShopSettings))
        self._cached.clear()
        return json_response({})

    async def add_key(self, request: web.Request) -> web.StreamResponse:
        """Add a key."""
        await self.run(self.store.add_key, await read(request, ApiKey))
        return json_response({}, 201)

    async def place_order(self, request: web.Request) -> web.StreamResponse:
        """A customer has ordered and paid."""
        given = (await read(request, CheckedOut)).order
        order_id = int(given["id"]) if "id" in given else await self.run(self.store.new_id)
        at = (await self.run(self.store.now)).isoformat()
        await self.run(self.store.save_order, complete_order(given, order_id, at))
        await self._changed(order_id, "created")
        return json_response(await self._orders.rendered(order_id), 201)

    async def restore_order(self, request: web.Request) -> web.StreamResponse:
        """Take an order out of the trash."""
        order = int(request.match_info["order"])
        if await self.run(partial(self.store.trash, order, trashed=False)):
            await self._changed(order, "restored")
        return json_response({})

    async def paid(self, request: web.Request) -> web.StreamResponse:
        """What the gateway paid back for an order."""
        order = int(request.match_info["order"])
        return json_response({"paid": await self.run(self.store.paid, order)})

    async def note(self, request: web.Request) -> web.StreamResponse:
        """Write a note."""
        return await self._notes.create(request, await _body(request))

    async def restocked(self, request: web.Request) -> web.StreamResponse:
        """How many units of each line were put into stock again."""
        rows = await self.run(self.store.refunds, int(request.match_info["order"]))
        return json_response({"stock": restocked_units(rows)})

    async def arm(self, request: web.Request) -> web.StreamResponse:
        """Arm a fault."""
        await self.run(self.store.arm, await read(request, ShopFault))
        return json_response({}, 201)

    async def disarm(self, request: web.Request) -> web.StreamResponse:
        """Forget faults."""
        await self.run(self.store.disarm, await read(request, ShopDisarm))
        return json_response({})

    async def deliver(self, _: web.Request) -> web.StreamResponse:
        """Send the webhooks that are held."""
        await self._webhooks.deliver()
        return json_response({})

    def invalid_response(self, message: str) -> web.Response:
        return json_response({"message": message}, 400)


async def _body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object, or an empty one, as WordPress reads a body that is none."""
    try:
        content = json.loads(await request.read())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one."""
    await base.serve(WooServer, file, port, host)


if __name__ == "__main__":
    base.main("A WooCommerce shop on loopback.", WooServer)
