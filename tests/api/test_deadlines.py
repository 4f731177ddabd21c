"""With any part behind a request hanging, it is answered in time: 503, and the same request may be repeated."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import JsonValue

from api.http.endpoint import Call, endpoint
from api.http.serving import AppContext, install
from domain.actors import Role
from ports.idempotency import IdempotencyKey, KeyReused, RequestCompleted, RequestInProgress, RequestStarted
from services.merchants.authentication import Caller
from tests.api.frame_app import KEYS, Line, ParcelView, Services, Table
from tests.patience import PATIENCE

Client = TestClient[web.Request, web.Application]
DEADLINE = 0.2


@endpoint("POST", "/v1/returns", roles={Role.STOREFRONT}, idempotency="required", timeout=DEADLINE)
async def open_return(call: Call[Services], body: Line) -> ParcelView:
    """Open a return."""
    await call.services.gate.wait()
    return ParcelView(order=call.merchant, count=body.quantity)


class HangingTable(Table):
    """Keys and table of a database that does not answer these queries."""

    def __init__(self, questions: Collection[str]) -> None:
        super().__init__()
        self.questions, self.moves = questions, asyncio.Event()

    async def _hang(self, question: str) -> None:
        if question in self.questions:
            await self.moves.wait()

    async def authenticate(self, bearer: str) -> Caller | None:
        await self._hang("authenticate")
        return KEYS.get(bearer)

    async def begin(
        self, slot: IdempotencyKey, body_hash: str
    ) -> RequestStarted | RequestInProgress | RequestCompleted | KeyReused:
        await self._hang("begin")
        return await super().begin(slot, body_hash)

    async def finish(self, slot: IdempotencyKey, status: int, answer: JsonValue) -> None:
        await self._hang("finish")
        await super().finish(slot, status, answer)

    async def abandon(self, slot: IdempotencyKey) -> None:
        await self._hang("abandon")
        await super().abandon(slot)


@asynccontextmanager
async def client_of(table: HangingTable, services: Services) -> AsyncIterator[Client]:
    app = web.Application()
    install(app, [open_return], AppContext(services, table, table))
    client: Client = TestClient(TestServer(app))
    async with client:
        yield client


async def post(client: Client) -> tuple[int, str]:
    headers = {"Authorization": "Bearer good", "Idempotency-Key": "k1"}
    answer = await client.post("/v1/returns", json={"line_id": "l1", "quantity": 2}, headers=headers)
    return answer.status, json.loads(await answer.read()).get("code", "")


@pytest.mark.parametrize(
    "questions", [("authenticate",), ("begin", "abandon"), ("handler", "abandon"), ("finish", "abandon")]
)
async def test_a_hanging_database_gets_an_answer_in_time_and_the_repetition_succeeds(
    services: Services, questions: tuple[str, ...]
) -> None:
    table = HangingTable(questions)
    if "handler" in questions:
        services.gate.clear()
    async with client_of(table, services) as client:
        async with asyncio.timeout(PATIENCE):
            assert await post(client) == (503, "unavailable")
        services.gate.set()
        table.questions = ()
        table.moves.set()
        await asyncio.sleep(0)
        assert await post(client) == (200, "")
