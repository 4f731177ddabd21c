"""The sandbox payment provider: `python -m simulators.payments.server --port P --file F`.

It honours idempotency keys, never refunds more than was captured, and fails on demand (POST /faults).
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from simulators import base
from simulators.base import HOST, SimulatorServer, json_response, read
from simulators.payments.payment_store import PaymentStore
from simulators.payments.schemas import (
    Capture,
    CreateRefund,
    ProviderResponse,
    RecordQuery,
    RefundFault,
    error_response,
)

_MAX_KEY_LENGTH = 255
_PAGE = 100


class RefundListQuery(BaseModel):
    """The query of a list of refunds."""

    leg: str | None = None
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=_PAGE)] = _PAGE


class PaymentServer(SimulatorServer[PaymentStore]):
    """The HTTP API of the provider on one file."""

    name = "sandbox payments"
    max_body = 64 * 1024

    def __init__(self, file: Path) -> None:
        super().__init__(partial(PaymentStore, file))

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post("/payments", self.capture),
            web.get("/payments/{payment}", self.payment),
            web.post("/refunds", self.refund),
            web.get("/refunds", self.refunds),
            web.post("/records/find", self.find_records),
            web.post("/faults", self.arm),
            web.get("/faults", self.armed),
            web.delete("/faults", self.disarm),
        ]

    async def capture(self, request: web.Request) -> web.StreamResponse:
        """Record a captured payment."""
        return _respond(await self.run(self.store.capture, await read(request, Capture)))

    async def payment(self, request: web.Request) -> web.StreamResponse:
        """One payment."""
        return _respond(await self.run(self.store.payment, request.match_info["payment"]))

    async def refund(self, request: web.Request) -> web.StreamResponse:
        """Refund a payment once per Idempotency-Key."""
        key = request.headers.get("Idempotency-Key", "")
        if not (0 < len(key) <= _MAX_KEY_LENGTH and key.isascii()):
            return _respond(
                error_response(400, "idempotency_key_required", "send an Idempotency-Key, ASCII, at most 255")
            )
        result, fault = await self.run(self.store.refund, key, await read(request, CreateRefund))
        return await _misbehave(request, result, fault) if fault else _respond(result)

    async def refunds(self, request: web.Request) -> web.StreamResponse:
        """A page of refunds."""
        page = RefundListQuery.model_validate(dict(request.query))
        return _respond(await self.run(self.store.refunds, page.leg, page.after, page.limit))

    async def find_records(self, request: web.Request) -> web.StreamResponse:
        """Some payments, and the refunds of these payments or for some legs."""
        return _respond(await self.run(self.store.find_records, await read(request, RecordQuery)))

    async def arm(self, request: web.Request) -> web.StreamResponse:
        """Arm a fault for the next refund requests."""
        return _respond(await self.run(self.store.arm, await read(request, RefundFault)))

    async def armed(self, _: web.Request) -> web.StreamResponse:
        """The armed faults."""
        return _respond(await self.run(self.store.armed))

    async def disarm(self, _: web.Request) -> web.StreamResponse:
        """End all faults."""
        return _respond(await self.run(self.store.disarm))

    def invalid_response(self, message: str) -> web.Response:
        return _respond(error_response(400, "invalid_request", message))


def _respond(result: ProviderResponse) -> web.Response:
    headers = {"Idempotent-Replayed": "true"} if result.replayed else {}
    return json_response(result.body, result.status, headers)


async def _misbehave(request: web.Request, result: ProviderResponse, fault: RefundFault) -> web.Response:
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    elif fault.kind in ("error_500_before", "error_500_after"):
        return _respond(error_response(500, "internal_error", "something went wrong"))
    elif fault.kind in ("timeout_before", "timeout_after_success") and request.transport is not None:
        request.transport.abort()
    return _respond(result)


async def serve(port: int, file: Path, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one."""
    await base.serve(PaymentServer, file, port, host)


if __name__ == "__main__":
    base.main("A sandbox payment provider on loopback.", PaymentServer)
