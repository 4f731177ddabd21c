"""The way of every request: who, where, what, once; then the handler; then the answer."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import JsonValue, TypeAdapter
from structlog.contextvars import bind_contextvars

from api import bodies
from api.addresses import path_of, query_of
from api.auth import Authenticator, Caller, bearer_of, identify
from api.drawn import Drawn, plain, written
from api.endpoint import Call, Endpoint, Reply
from api.idempotency import LETTING_GO, Answer, command_id, fingerprint, key_of, once
from api.middleware import ROUTE, guard, harden
from api.problems import Problem
from api.rates import Rates, budget_of
from ports.idempotency import IdempotencyTable, Slot

S = TypeVar("S")


@dataclass(frozen=True)
class Desk(Generic[S]):
    """What all endpoints of an app share; `services` reaches the handlers as `call.services`."""

    services: S
    keys: Authenticator
    idempotency: IdempotencyTable
    rates: Rates = field(default_factory=Rates)


def install(app: web.Application, endpoints: Iterable[Endpoint], desk: Desk[Any]) -> None:
    """Serves these endpoints, with problem documents, security headers and request ids on all that the app says."""
    app.middlewares.append(guard)
    app.on_response_prepare.append(harden)
    for it in endpoints:
        # aiohttp's own pattern has no room for the braces that a merchant's order id may have
        path = re.sub(r"\{(\w+)\}", r"{\1:[^/]+}", it.path)
        app.router.add_route(it.method, path, partial(_serve, it, desk))


async def _serve(it: Endpoint, desk: Desk[Any], request: web.Request) -> web.Response:
    """Whoever proves nothing spends what the address may fail; then 401 becomes 429."""
    request[ROUTE] = it.route
    try:
        return await _admitted(it, desk, request)
    except Problem as problem:
        if problem.status == 401:
            desk.rates.failed(request)
        raise


async def _admitted(it: Endpoint, desk: Desk[Any], request: web.Request) -> web.Response:
    """Everything that can be refused without reading the body is refused before reading it."""
    async with _in_time(_loop_time() + it.patience):
        caller = await _caller(it, desk, request) if it.roles else None
    path = path_of(request, it.path)
    slot = _slot(it, caller, key_of(request, it.idempotency))
    arguments: dict[str, Any] = {}
    if it.shapes.query is not None:
        arguments["query"] = query_of(request, it.shapes.query)
    sent: JsonValue = None
    if it.shapes.raw_body:
        arguments["body"] = await bodies.read_raw(request, it.limit)
    elif it.shapes.body is not None:
        arguments["body"], sent = await _body(it, it.shapes.body, request)
    call = Call(
        request=request,
        known_caller=caller,
        path=path,
        services=desk.services,
        deadline=_loop_time() + it.patience,
        idempotency_key=slot.key if slot else None,
        command_id=command_id(slot),
    )
    act = partial(_act, it, call, arguments)
    if slot is None:
        return _rendered(it, await act())
    async with _in_time(call.deadline + LETTING_GO):
        return _rendered(it, await once(desk.idempotency, slot, fingerprint(path, sent), act))


async def _caller(it: Endpoint, desk: Desk[Any], request: web.Request) -> Caller:
    """Who asks. One whose budget is used up is sent away before the key is looked up again."""
    bearer, budget = bearer_of(request), budget_of(it.method)
    desk.rates.refuse_known(request, budget, bearer)
    caller = await identify(request, desk.keys, it.roles)
    bind_contextvars(merchant=caller.merchant, role=caller.role)
    desk.rates.know(bearer, caller.merchant)
    desk.rates.spend(request, budget, caller.merchant)
    return caller


def _slot(it: Endpoint, caller: Caller | None, key: str | None) -> Slot | None:
    if caller is None or key is None:
        return None
    return Slot(caller.merchant or "", caller.identity, it.route, key)


async def _body(it: Endpoint, shape: TypeAdapter[Any], request: web.Request) -> tuple[Any, JsonValue]:
    """The handler's body argument, and the parsed JSON that it came from."""
    if it.shapes.body_optional and not request.body_exists:
        return None, None
    raw, sent = await bodies.read_json(request, it.limit)
    return bodies.shaped(shape, raw, sent), sent


async def _act(it: Endpoint, call: Call[Any], arguments: dict[str, Any]) -> Answer:
    """The handler under its deadline. What it began may still happen: the retry finds out by the same command id."""
    async with _in_time(call.deadline):
        result = await it.handler(call, **arguments)
    reply = result if isinstance(result, Reply) else Reply(result)
    body = reply.body
    if isinstance(body, Drawn):
        body = body.json
    elif it.shapes.answer is not None:
        body = plain(it.shapes.answer, body)
    return Answer(reply.status or it.status, body, reply.headers)


@asynccontextmanager
async def _in_time(deadline: float) -> AsyncIterator[None]:
    """Raises unavailable at that loop time: also a database that stands still is answered for, by us."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise Problem("unavailable", "It took too long; repeat the same request.", retry_after=1) from None


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def _rendered(it: Endpoint, answer: Answer) -> web.Response:
    if isinstance(answer.body, bytes):
        body, kind = answer.body, it.produces
    elif it.shapes.answer is None and answer.status < 400:
        return web.Response(status=answer.status, headers=answer.headers)
    else:
        body = written(answer.body)
        kind = it.produces if answer.status < 400 else "application/problem+json"
    return web.Response(body=body, status=answer.status, headers=answer.headers, content_type=kind)
