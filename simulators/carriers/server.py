"""The carrier simulator: `python -m simulators.carriers.server --port P --file F`. See docs/simulator.md.

It sends signed webhooks of scripted parcels, and answers look-ups in the formats of EasyPost and AfterShip. It has no clock:
its callers set the time.
"""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from simulators import base
from simulators.base import HOST, SimulatorServer, json_response, read
from simulators.carriers.lookups import LookupHandlers
from simulators.carriers.payloads import webhook_message
from simulators.carriers.schemas import ClockUpdate, LookupFault, ParcelScripts, Receiver, SimulatorAccount
from simulators.carriers.script_store import PendingWebhook, ScriptStore

_WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=20)


class CarrierServer(SimulatorServer[ScriptStore]):
    """The HTTP API of the simulator on one file: accounts, scripts, clock and faults; look-ups are in lookups.py."""

    name = "carrier simulator"
    max_body = 4 * 2**20
    invalid_request = (KeyError, TypeError, ValueError)  # ValidationError is a ValueError

    def __init__(self, file: Path) -> None:
        super().__init__(partial(ScriptStore, file))
        self._http: aiohttp.ClientSession | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.put("/accounts/{account}", self.put_account),
            web.post("/accounts/{account}/parcels", self.put_scripts),
            web.post("/accounts/{account}/clock", self.advance_clock),
            web.post("/accounts/{account}/faults", self.arm_fault),
            web.get("/accounts/{account}/lookups", self.list_lookups),
            *LookupHandlers(self.store, self.run).routes(),
        ]

    async def close(self, app: web.Application) -> None:
        if self._http is not None:
            await self._http.close()
        await super().close(app)

    async def put_account(self, request: web.Request) -> web.StreamResponse:
        """Create or change an account."""
        account = await read(request, SimulatorAccount)
        if not await self.run(self.store.put_account, request.match_info["account"], account):
            return _error_response(409, "another account has this api_key")
        return json_response({"account": request.match_info["account"]})

    async def put_scripts(self, request: web.Request) -> web.StreamResponse:
        """Save scripts of parcels."""
        scripts = await read(request, ParcelScripts)
        count = await self.run(self.store.put_scripts, await self._account(request), scripts.parcels)
        return json_response({"parcels": len(scripts.parcels), "webhooks": count}, status=201)

    async def advance_clock(self, request: web.Request) -> web.StreamResponse:
        """Send the webhooks that are due, one after the other. Those not answered with 2xx are due again at the next call."""
        clock = await read(request, ClockUpdate)
        receiver, due = await self.run(self.store.advance_clock, await self._account(request), clock.now)
        sent = 0
        for webhook in due if receiver else ():
            assert receiver is not None
            if await self._send(webhook, receiver):
                await self.run(self.store.mark_delivered, webhook)
                sent += 1
        failed = len(due) - sent if receiver else 0
        return json_response({"now": clock.now.isoformat(), "pushed": sent, "failed": failed})

    async def _send(self, webhook: PendingWebhook, receiver: Receiver) -> bool:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=_WEBHOOK_TIMEOUT)
        body, headers = webhook_message(webhook.script, webhook.position, receiver, int(time.time()))
        headers["Content-Type"] = "application/json"
        try:
            async with self._http.post(receiver.url, data=body, headers=headers) as response:
                return response.status // 100 == 2
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def arm_fault(self, request: web.Request) -> web.StreamResponse:
        """Arm a fault for the next look-ups."""
        fault = await read(request, LookupFault)
        await self.run(self.store.arm_fault, await self._account(request), fault)
        return json_response(fault.model_dump(), status=201)

    async def list_lookups(self, request: web.Request) -> web.StreamResponse:
        """All look-ups of the account."""
        lookups = await self.run(self.store.list_lookups, await self._account(request))
        return json_response({"lookups": lookups})

    async def _account(self, request: web.Request) -> str:
        name = request.match_info["account"]
        if not await self.run(self.store.has_account, name):
            raise web.HTTPNotFound(text="no such account: PUT it first")
        return name

    def invalid_response(self, message: str) -> web.Response:
        return _error_response(400, message)


def _error_response(status: int, detail: str) -> web.Response:
    return json_response({"error": detail}, status=status)


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one."""
    await base.serve(CarrierServer, file, port, host)


if __name__ == "__main__":
    base.main("Scripted carriers on loopback.", CarrierServer)
