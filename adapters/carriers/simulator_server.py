"""Carriers to play with: `python -m adapters.carriers.simulator_server --port P --file F`.

A process of its own with its own file: our crash is never theirs, and it knows nothing of smot. It is told what time it
is, pushes signed webhooks of scripted parcels, and answers look-ups as EasyPost and AfterShip do. docs/simulator.md.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import aiohttp
from aiohttp import web
from pydantic import ValidationError

from adapters.carriers.simulator_book import Book, Push
from adapters.carriers.simulator_forms import message
from adapters.carriers.simulator_lookups import Lookups
from adapters.carriers.simulator_words import Account, Body, Clock, Fault, Receiver, Scripts

HOST = "127.0.0.1"
_LARGEST_BODY = 4 * 2**20
_LAST_WORDS = 0.5  # seconds that open requests have when it stops; a hanging one must not hold it up
_RECEIVER = aiohttp.ClientTimeout(total=20)

T = TypeVar("T")
Asked = TypeVar("Asked", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """The control side. All bookwork runs in one thread: one request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._clerk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="book")
        self.book = self._clerk.submit(Book, file).result()
        self._http: aiohttp.ClientSession | None = None

    async def close(self, _: web.Application) -> None:
        if self._http is not None:
            await self._http.close()
        await self.do(self.book.close)
        self._clerk.shutdown()

    async def do(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._clerk, work, *args)

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
        where = sorted({".".join(str(part) for part in e["loc"]) or "body" for e in wrong.errors()})
        return _problem(400, f"not understood: {', '.join(where)}")
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
    """Serve until SIGTERM or SIGINT; port 0 takes a free one. One line tells when it is ready."""
    file.parent.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_app(file), access_log=None, shutdown_timeout=_LAST_WORDS)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    sys.stdout.write(f"carrier simulator ready on http://{host}:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Scripted carriers on loopback.")
    parser.add_argument("--port", type=int, required=True, help="0 for a free one")
    parser.add_argument("--file", type=Path, required=True, help="its SQLite file")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.file))


if __name__ == "__main__":
    main()
