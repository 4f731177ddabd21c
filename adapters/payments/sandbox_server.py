"""A payment provider to play with: `python -m adapters.payments.sandbox_server --port P --file F`.

A process of its own with its own books: its facts survive ours, and it knows nothing of smot. It honours
idempotency keys, never pays back more than was captured, and misbehaves when told to (POST /faults).
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from adapters.payments.sandbox_book import Book
from adapters.payments.sandbox_words import Answer, Body, Capture, Fault, Refund, problem

HOST = "127.0.0.1"
_LARGEST_BODY = 64 * 1024
_LONGEST_KEY = 255
_PAGE = 100
_LAST_WORDS = 0.5  # seconds that open requests have when it stops; a hanging one must not hold it up

T = TypeVar("T")
Asked = TypeVar("Asked", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page(BaseModel):
    """The query of a listing."""

    leg: str | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=_PAGE)] = _PAGE


class Desk:
    """The HTTP side. All bookwork runs in one thread: one request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._clerk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="book")
        self._book = self._clerk.submit(Book, file).result()

    async def close(self, _: web.Application) -> None:
        await self._do(self._book.close)
        self._clerk.shutdown()

    async def _do(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._clerk, work, *args)

    async def capture(self, request: web.Request) -> web.StreamResponse:
        return _told(await self._do(self._book.capture, await _read(request, Capture)))

    async def payment(self, request: web.Request) -> web.StreamResponse:
        return _told(await self._do(self._book.payment, request.match_info["payment"]))

    async def refund(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not (0 < len(key) <= _LONGEST_KEY and key.isascii()):
            return _told(
                problem(400, "idempotency_key_required", "send an Idempotency-Key, ASCII, at most 255")
            )
        answer, fault = await self._do(self._book.refund, key, await _read(request, Refund))
        return await _misbehave(request, answer, fault) if fault else _told(answer)

    async def refunds(self, request: web.Request) -> web.StreamResponse:
        page = Page.model_validate(dict(request.query))
        return _told(await self._do(self._book.refunds, page.leg, page.after, page.limit))

    async def arm(self, request: web.Request) -> web.StreamResponse:
        return _told(await self._do(self._book.arm, await _read(request, Fault)))

    async def armed(self, _: web.Request) -> web.StreamResponse:
        return _told(await self._do(self._book.armed))

    async def healthy(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})


async def _read(request: web.Request, kind: type[Asked]) -> Asked:
    return kind.model_validate_json(await request.read())


def _told(answer: Answer) -> web.Response:
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return web.json_response(answer.body, status=answer.status, headers=headers)


async def _misbehave(request: web.Request, answer: Answer, fault: Fault) -> web.Response:
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    elif fault.kind in ("error_500_before", "error_500_after"):
        return _told(problem(500, "internal_error", "something went wrong"))
    elif fault.kind in ("timeout_before", "timeout_after_success") and request.transport is not None:
        request.transport.abort()
    return _told(answer)


@web.middleware
async def _refuse_nonsense(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as wrong:
        where = sorted({".".join(str(part) for part in e["loc"]) or "body" for e in wrong.errors()})
        return _told(problem(400, "invalid_request", f"not understood: {', '.join(where)}"))


def make_app(file: Path) -> web.Application:
    """The provider as an aiohttp application on that file."""
    desk = Desk(file)
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_refuse_nonsense])
    app.on_cleanup.append(desk.close)
    app.add_routes(
        [
            web.post("/payments", desk.capture),
            web.get("/payments/{payment}", desk.payment),
            web.post("/refunds", desk.refund),
            web.get("/refunds", desk.refunds),
            web.post("/faults", desk.arm),
            web.get("/faults", desk.armed),
            web.get("/healthz", desk.healthy),
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
    sys.stdout.write(f"sandbox payments ready on http://{host}:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A sandbox payment provider on loopback.")
    parser.add_argument("--port", type=int, required=True, help="0 for a free one")
    parser.add_argument("--file", type=Path, required=True, help="its SQLite file")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.file))


if __name__ == "__main__":
    main()
