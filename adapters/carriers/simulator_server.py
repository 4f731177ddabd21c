"""Carriers to play with: `python -m adapters.carriers.simulator_server --port P --file F`.

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

from adapters.carriers.simulator_book import Push, ScriptBook
from adapters.carriers.simulator_forms import message
from adapters.carriers.simulator_lookups import Lookups
from adapters.carriers.simulator_words import Account, Body, Clock, Fault, Receiver, Scripts
from adapters.played import process
from adapters.played.book import Clerk
from adapters.played.process import HOST, not_understood

_LARGEST_BODY = 4 * 2**20
_RECEIVER = aiohttp.ClientTimeout(total=20)

Asked = TypeVar("Asked", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """The control side. One request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._clerk = Clerk(partial(ScriptBook, file))
        self.book, self.do = self._clerk.book, self._clerk.do
        self._http: aiohttp.ClientSession | None = None

    async def close(self, _: web.Application) -> None:
        if self._http is not None:
            await self._http.close()
        await self._clerk.close()

    async def put_account(self, request: web.Request) -> web.StreamResponse:
        account = await _read(request, Account)
        if not await self.do(self.book.put_account, request.match_info["account"], account):
            return _problem(409, "another account has this api_key")
        return web.json_response({"account": request.match_info["account"]})

    async def script(self, request: web.Request) -> web.StreamResponse:
        scripts = await _read(request, Scripts)
        count = await self.do(self.book.script, await self._account(request), scripts.parcels)
        return web.json_response({"parcels": len(scripts.parcels), "webhooks": count}, status=201)

    async def tell_time(self, request: web.Request) -> web.StreamResponse:
        """Push what is due, one after the other; what is not taken with 2xx is due again at the next call."""
        clock = await _read(request, Clock)
        receiver, due = await self.do(self.book.tell_time, await self._account(request), clock.now)
        pushed = 0
        for push in due if receiver else ():
            assert receiver is not None
            if await self._push(push, receiver):
                await self.do(self.book.taken, push)
                pushed += 1
        failed = len(due) - pushed if receiver else 0
        return web.json_response({"now": clock.now.isoformat(), "pushed": pushed, "failed": failed})

    async def _push(self, push: Push, receiver: Receiver) -> bool:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=_RECEIVER)
        body, headers = message(push.script, push.place, receiver, int(time.time()))
        headers["Content-Type"] = "application/json"
        try:
            async with self._http.post(receiver.url, data=body, headers=headers) as answer:
                return answer.status // 100 == 2
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def arm(self, request: web.Request) -> web.StreamResponse:
        fault = await _read(request, Fault)
        await self.do(self.book.arm, await self._account(request), fault)
        return web.json_response(fault.model_dump(), status=201)

    async def looks(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"looks": await self.do(self.book.looks, await self._account(request))})

    async def healthy(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})

    async def _account(self, request: web.Request) -> str:
        name = request.match_info["account"]
        if not await self.do(self.book.has, name):
            raise web.HTTPNotFound(text="no such account: PUT it first")
        return name


async def _read(request: web.Request, kind: type[Asked]) -> Asked:
    return kind.model_validate_json(await request.read())


def _problem(status: int, says: str) -> web.Response:
    return web.json_response({"error": says}, status=status)


@web.middleware
async def _refuse_nonsense(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as wrong:
        return _problem(400, not_understood(wrong))
    except (KeyError, TypeError, ValueError):
        return _problem(400, "not understood")


def make_app(file: Path) -> web.Application:
    """The simulator as an aiohttp application on that file."""
    desk = Desk(file)
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_refuse_nonsense])
    app.on_cleanup.append(desk.close)
    app.add_routes(
        [
            web.put("/accounts/{account}", desk.put_account),
            web.post("/accounts/{account}/parcels", desk.script),
            web.post("/accounts/{account}/clock", desk.tell_time),
            web.post("/accounts/{account}/faults", desk.arm),
            web.get("/accounts/{account}/looks", desk.looks),
            web.get("/healthz", desk.healthy),
            *Lookups(desk.book, desk.do).routes(),
        ]
    )
    return app


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve on that file until SIGTERM or SIGINT; port 0 takes a free one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await process.serve(make_app(file), "carrier simulator", port, host)


if __name__ == "__main__":
    process.main("Scripted carriers on loopback.", serve)
