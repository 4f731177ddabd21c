"""A strict stand-in for Stripe: `python -m simulators.payments.stripe.server --port P --file F`.

It serves the part of API v1 that refunds, disputes and payment links need; shoppers, banks, time and faults are control
requests below `/_control`.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from simulators import base
from simulators.base import HOST, SimulatorServer, StrictRequest, json_response, read
from simulators.payments.stripe import controls, faults, webhooks
from simulators.payments.stripe.call import API_VERSION, StripeAnswer, StripeCall, StripeRefusal
from simulators.payments.stripe.controls import StripeFault, StripeRedelivery
from simulators.payments.stripe.forms import parse_form
from simulators.payments.stripe.stripe_store import StripeStore

_CONTROLS: dict[str, type[StrictRequest]] = {
    "keys": controls.StripeApiKey,
    "payments": controls.StripePayment,
    "balance": controls.StripeBalance,
    "disputes": controls.StripeDispute,
    "dispute_steps": controls.StripeDisputeStep,
    "link_payments": controls.StripeLinkPayment,
    "endpoints": controls.StripeEndpoint,
    "clock": controls.StripeClockMove,
    "faults": controls.StripeFault,
    "disarm": controls.StripeDisarm,
}
_BETWEEN_STEPS = 1.0  # seconds; later steps of refunds also happen while no client calls


class StripeServer(SimulatorServer[StripeStore]):
    """The HTTP API on one file."""

    name = "stripe stand-in"
    max_body = 256 * 1024
    invalid_request = (ValidationError, StripeRefusal)

    def __init__(self, file: Path) -> None:
        super().__init__(partial(StripeStore, file))
        self._sending = asyncio.Lock()
        self._running = 0
        self._idle = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            *(web.post(f"/_control/{name}", self._controller(kind)) for name, kind in _CONTROLS.items()),
            web.post("/_control/deliver", self.deliver_all),
            web.post("/_control/idle", self.wait_idle),
            web.post("/_control/redeliveries", self.redeliver),
            web.get("/v1/{path:.*}", self.call),
            web.post("/v1/{path:.*}", self.call),
        ]

    def application(self) -> web.Application:
        app = super().application()
        app.on_startup.append(self._start)
        return app

    async def close(self, app: web.Application) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close(app)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One request of a client."""
        self._running += 1
        try:
            return await self._call(request)
        finally:
            self._running -= 1
            async with self._idle:
                self._idle.notify_all()

    async def wait_idle(self, _: web.Request) -> web.StreamResponse:
        """Answers once no request of a client is in progress, also of clients that have gone away."""
        async with self._idle:
            await self._idle.wait_for(lambda: self._running == 0)
        return json_response({})

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = f"req_{secrets.token_hex(7)}"
        text = f"{request.path_qs} {await request.text()}"
        fault = await self.run(self.store.next_fault, request.method, request.path, text)
        if fault is not None and faults.is_without_work(fault):
            instead = await faults.response_for(request, fault, StripeAnswer(200, {}))
            assert instead is not None
            return instead
        answer, call = await self._begin(request, name)
        if call is not None:
            if fault is not None and fault.kind == "hang" and fault.when == "before":
                await asyncio.sleep(fault.seconds)
            answer = await self._work(call, fault)
        await self._send_events("before_answer")
        self._in_background(self._send_events("after_answer"))
        assert answer is not None
        instead = await faults.response_for(request, fault, answer) if fault else None
        return instead or _response(request, answer, name)

    async def _begin(self, request: web.Request, name: str) -> tuple[StripeAnswer | None, StripeCall | None]:
        try:
            text = await request.text() if request.method == "POST" else request.query_string
            params = parse_form(text)
        except StripeRefusal as refusal:
            return refusal.answer, None
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        call = StripeCall(request.method, request.path, params, "", key, name)
        begun = await self.run(self.store.begin, call, dict(request.headers))
        return (None, begun) if isinstance(begun, StripeCall) else (begun, None)

    async def _work(self, call: StripeCall, fault: StripeFault | None) -> StripeAnswer:
        """The work is finished also where the client goes away meanwhile."""
        return await asyncio.shield(asyncio.ensure_future(self.run(self.store.perform, call, fault)))

    def _controller(self, kind: type[StrictRequest]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await self.run(self.store.control, await read(request, kind))
            await self._send_events("before_answer")
            self._in_background(self._send_events("after_answer"))
            return json_response(body)

        return handle

    async def deliver_all(self, _: web.Request) -> web.StreamResponse:
        """Send everything that waits, the paused and the refused too, before the answer."""
        return json_response({"delivered": await self._send_events("", also_failed=True)})

    async def redeliver(self, request: web.Request) -> web.StreamResponse:
        """Send one event again, changed as the request says."""
        wanted = await read(request, StripeRedelivery)
        event = await self.run(self.store.event, wanted.account, wanted.event)
        if wanted.amount is not None:
            event = {**event, "data": {"object": {**event["data"]["object"], "amount": wanted.amount}}}
        if wanted.as_account is not None:
            event = {**event, "account": wanted.as_account}
        status = await webhooks.send(wanted.url, event, wanted.secrets, wanted.shift_seconds)
        return json_response({"status": status})

    async def _send_events(self, sending: str, *, also_failed: bool = False) -> int:
        """Send what waits for endpoints of that kind; all kinds for an empty one."""
        count = 0
        async with self._sending:
            for one in await self.run(self.store.to_deliver, also_failed):
                if sending in ("", one.endpoint["sending"]):
                    status = await webhooks.deliver(one)
                    await self.run(self.store.note_delivery, one.number, one.event["id"], status)
                    count += 1
        return count

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self, _: web.Application) -> None:
        self._in_background(self._keep_time())

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_BETWEEN_STEPS)
            await self.run(self.store.run_due)
            await self._send_events("after_answer")

    def invalid_response(self, message: str) -> web.Response:
        return json_response({"message": message}, 400)


def _response(request: web.Request, answer: StripeAnswer, name: str) -> web.Response:
    headers = {
        "Request-Id": name,
        "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
        **answer.headers,
    }
    if key := request.headers.get("Idempotency-Key"):
        headers["Idempotency-Key"] = key
    if answer.original:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.original}
    return json_response(answer.body, answer.status, headers)


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one."""
    await base.serve(StripeServer, file, port, host)


if __name__ == "__main__":
    base.main("A stand-in for Stripe on loopback.", StripeServer)
