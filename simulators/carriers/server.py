"""Carriers to play with: `python -m simulators.carriers.server --port P --file F`.

A process of its own with its own file: our crash is never theirs, and it knows nothing of smot. It is told what time it
is, pushes signed webhooks of scripted parcels, and answers look-ups as EasyPost and AfterShip do. docs/simulator.md.
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp
from aiohttp import web
from pydantic import ValidationError

from simulators import process
from simulators.carriers.lookups import LookupHandlers
from simulators.carriers.payloads import webhook_message
from simulators.carriers.schemas import (
    ClockUpdate,
    LookupFault,
    ParcelScripts,
    Receiver,
    SimulatorAccount,
    SimulatorRequest,
)
from simulators.carriers.trackers import Push, ScriptStore
from simulators.process import HOST, validation_message
from simulators.sqlite_file import SerialExecutor

_MAX_BODY = 4 * 2**20
_PUSH_TIMEOUT = aiohttp.ClientTimeout(total=20)

RequestT = TypeVar("RequestT", bound=SimulatorRequest)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CarrierHandlers:
    """The control side. One request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._executor = SerialExecutor(partial(ScriptStore, file))
        self.store, self.run = self._executor.store, self._executor.run
        self._http: aiohttp.ClientSession | None = None

    async def close(self, _: web.Application) -> None:
        if self._http is not None:
            await self._http.close()
        await self._executor.close()

    async def put_account(self, request: web.Request) -> web.StreamResponse:
        account = await _read(request, SimulatorAccount)
        if not await self.run(self.store.put_account, request.match_info["account"], account):
            return _error_response(409, "another account has this api_key")
        return web.json_response({"account": request.match_info["account"]})

    async def put_scripts(self, request: web.Request) -> web.StreamResponse:
        scripts = await _read(request, ParcelScripts)
        count = await self.run(self.store.put_scripts, await self._account(request), scripts.parcels)
        return web.json_response({"parcels": len(scripts.parcels), "webhooks": count}, status=201)

    async def advance_clock(self, request: web.Request) -> web.StreamResponse:
        """Push what is due, one after the other; what is not taken with 2xx is due again at the next call."""
        clock = await _read(request, ClockUpdate)
        receiver, due = await self.run(self.store.advance_clock, await self._account(request), clock.now)
        pushed = 0
        for push in due if receiver else ():
            assert receiver is not None
            if await self._push(push, receiver):
                await self.run(self.store.mark_delivered, push)
                pushed += 1
        failed = len(due) - pushed if receiver else 0
        return web.json_response({"now": clock.now.isoformat(), "pushed": pushed, "failed": failed})

    async def _push(self, push: Push, receiver: Receiver) -> bool:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=_PUSH_TIMEOUT)
        body, headers = webhook_message(push.script, push.position, receiver, int(time.time()))
        headers["Content-Type"] = "application/json"
        try:
            async with self._http.post(receiver.url, data=body, headers=headers) as answer:
                return answer.status // 100 == 2
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def arm_fault(self, request: web.Request) -> web.StreamResponse:
        fault = await _read(request, LookupFault)
        await self.run(self.store.arm_fault, await self._account(request), fault)
        return web.json_response(fault.model_dump(), status=201)

    async def list_lookups(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"lookups": await self.run(self.store.list_lookups, await self._account(request))}
        )

    async def healthy(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})

    async def _account(self, request: web.Request) -> str:
        name = request.match_info["account"]
        if not await self.run(self.store.has_account, name):
            raise web.HTTPNotFound(text="no such account: PUT it first")
        return name


async def _read(request: web.Request, kind: type[RequestT]) -> RequestT:
    return kind.model_validate_json(await request.read())


def _error_response(status: int, detail: str) -> web.Response:
    return web.json_response({"error": detail}, status=status)


@web.middleware
async def _reject_invalid(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as wrong:
        return _error_response(400, validation_message(wrong))
    except (KeyError, TypeError, ValueError):
        return _error_response(400, "not understood")


def make_app(file: Path) -> web.Application:
    """The simulator as an aiohttp application on that file."""
    desk = CarrierHandlers(file)
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_reject_invalid])
    app.on_cleanup.append(desk.close)
    app.add_routes(
        [
            web.put("/accounts/{account}", desk.put_account),
            web.post("/accounts/{account}/parcels", desk.put_scripts),
            web.post("/accounts/{account}/clock", desk.advance_clock),
            web.post("/accounts/{account}/faults", desk.arm_fault),
            web.get("/accounts/{account}/lookups", desk.list_lookups),
            web.get("/healthz", desk.healthy),
            *LookupHandlers(desk.store, desk.run).routes(),
        ]
    )
    return app


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve on that file until SIGTERM or SIGINT; port 0 takes a free one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await process.serve(make_app(file), "carrier simulator", port, host)


if __name__ == "__main__":
    process.main("Scripted carriers on loopback.", serve)
