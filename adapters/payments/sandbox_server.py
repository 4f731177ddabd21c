"""A payment provider to play with: `python -m adapters.payments.sandbox_server --port P --file F`.

A process of its own with its own books: its facts survive ours, and it knows nothing of smot. It honours
idempotency keys, never pays back more than was captured, and misbehaves when told to (POST /faults).
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from adapters.payments.sandbox_book import PaymentBook
from adapters.payments.sandbox_words import Answer, Body, Capture, Fault, Refund, problem
from adapters.played import process
from adapters.played.book import Clerk
from adapters.played.process import HOST, not_understood

_LARGEST_BODY = 64 * 1024
_LONGEST_KEY = 255
_PAGE = 100

Asked = TypeVar("Asked", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page(BaseModel):
    """The query of a listing."""

    leg: str | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=_PAGE)] = _PAGE


class Desk:
    """The HTTP side. One request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._clerk = Clerk(partial(PaymentBook, file))
        self._book, self._do = self._clerk.book, self._clerk.do

    async def close(self, _: web.Application) -> None:
        await self._clerk.close()

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
        return _told(problem(400, "invalid_request", not_understood(wrong)))


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
    """Serve on that file until SIGTERM or SIGINT; port 0 takes a free one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await process.serve(make_app(file), "sandbox payments", port, host)


if __name__ == "__main__":
    process.main("A sandbox payment provider on loopback.", serve)
