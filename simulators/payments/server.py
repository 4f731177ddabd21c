"""A payment provider to play with: `python -m simulators.payments.server --port P --file F`.

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

from simulators import process
from simulators.payments.refunds import PaymentStore
from simulators.payments.schemas import (
    Capture,
    CreateRefund,
    ProviderRequest,
    ProviderResponse,
    RefundFault,
    error_response,
)
from simulators.process import HOST, validation_message
from simulators.sqlite_file import SerialExecutor

_MAX_BODY = 64 * 1024
_MAX_KEY_LENGTH = 255
_PAGE = 100

RequestT = TypeVar("RequestT", bound=ProviderRequest)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RefundListQuery(BaseModel):
    """The query of a listing."""

    leg: str | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=_PAGE)] = _PAGE


class PaymentHandlers:
    """The HTTP side. One request after the other, each a transaction."""

    def __init__(self, file: Path) -> None:
        self._executor = SerialExecutor(partial(PaymentStore, file))
        self._store, self._run = self._executor.store, self._executor.run

    async def close(self, _: web.Application) -> None:
        await self._executor.close()

    async def capture(self, request: web.Request) -> web.StreamResponse:
        return _respond(await self._run(self._store.capture, await _read(request, Capture)))

    async def payment(self, request: web.Request) -> web.StreamResponse:
        return _respond(await self._run(self._store.payment, request.match_info["payment"]))

    async def refund(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not (0 < len(key) <= _MAX_KEY_LENGTH and key.isascii()):
            return _respond(
                error_response(400, "idempotency_key_required", "send an Idempotency-Key, ASCII, at most 255")
            )
        answer, fault = await self._run(self._store.refund, key, await _read(request, CreateRefund))
        return await _misbehave(request, answer, fault) if fault else _respond(answer)

    async def refunds(self, request: web.Request) -> web.StreamResponse:
        page = RefundListQuery.model_validate(dict(request.query))
        return _respond(await self._run(self._store.refunds, page.leg, page.after, page.limit))

    async def arm(self, request: web.Request) -> web.StreamResponse:
        return _respond(await self._run(self._store.arm, await _read(request, RefundFault)))

    async def armed(self, _: web.Request) -> web.StreamResponse:
        return _respond(await self._run(self._store.armed))

    async def healthy(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})


async def _read(request: web.Request, kind: type[RequestT]) -> RequestT:
    return kind.model_validate_json(await request.read())


def _respond(answer: ProviderResponse) -> web.Response:
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return web.json_response(answer.body, status=answer.status, headers=headers)


async def _misbehave(request: web.Request, answer: ProviderResponse, fault: RefundFault) -> web.Response:
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    elif fault.kind in ("error_500_before", "error_500_after"):
        return _respond(error_response(500, "internal_error", "something went wrong"))
    elif fault.kind in ("timeout_before", "timeout_after_success") and request.transport is not None:
        request.transport.abort()
    return _respond(answer)


@web.middleware
async def _reject_invalid(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as wrong:
        return _respond(error_response(400, "invalid_request", validation_message(wrong)))


def make_app(file: Path) -> web.Application:
    """The provider as an aiohttp application on that file."""
    desk = PaymentHandlers(file)
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_reject_invalid])
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
