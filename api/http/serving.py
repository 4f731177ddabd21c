"""The path of every request: caller, address, key, body, idempotency; then the handler; then the response."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import JsonValue, TypeAdapter
from structlog.contextvars import bind_contextvars

from api.http import bodies
from api.http.auth import Authenticator, bearer_of, identify
from api.http.compression import compress
from api.http.cors import AllowedOrigins, NoOrigins, admit_origin, admit_stranger, preflight
from api.http.deadline import Deadline
from api.http.encoded import EncodedJson, dump_json, to_json_values
from api.http.endpoint import Call, Endpoint, Response
from api.http.idempotency import (
    RELEASE_TIMEOUT,
    Audience,
    StoredResponse,
    fingerprint,
    key_of,
    run_once,
)
from api.http.middleware import ROUTE, SUGGESTIONS, guard, harden
from api.http.path_suggestions import PathSuggestions
from api.http.problems import Problem
from api.http.rate_limits import RateLimiter, quota_of
from api.http.request_params import path_of, query_of
from api.http.response_headers import is_unchanged, location, next_page
from api.http.service_problems import SERVICE_FAILURES, problem_of
from api.http.unsigned_bodies import UnsignedBodies
from api.http.versions import check_version
from domain.actors import Role
from ports.idempotency import IdempotencyKey, IdempotencyTable
from services.merchants.authentication import Caller

S = TypeVar("S")


ObjectOf = Callable[[Caller, Mapping[str, str]], Awaitable[str]]


async def named_in(_: Caller, path: Mapping[str, str]) -> str:
    """The path's own names."""
    return json.dumps(sorted(path.items())) if path else ""


@dataclass(frozen=True)
class AppContext(Generic[S]):
    """What all endpoints of an app share; `services` reaches the handlers as `call.services`.

    object_of: the object that a path names, one text for each; raises Problem for one that the caller may not see.
    """

    services: S
    keys: Authenticator
    idempotency: IdempotencyTable
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    unsigned_bodies: UnsignedBodies = field(default_factory=UnsignedBodies)
    object_of: ObjectOf = named_in
    origins: AllowedOrigins = field(default_factory=NoOrigins)


def install(app: web.Application, endpoints: Iterable[Endpoint], context: AppContext[Any]) -> None:
    """Serve these endpoints, with problem documents, security headers and request ids on every response of the app.

    HEAD is served as GET without its body, and OPTIONS where customers may call.
    """
    endpoints = list(endpoints)
    app.middlewares.extend([compress, guard])
    app.on_response_prepare.append(harden)
    app[SUGGESTIONS] = PathSuggestions(it.path for it in endpoints)
    customers: dict[str, list[str]] = {}
    for it in endpoints:
        serve = partial(_serve, it, context)
        for method in ("GET", "HEAD") if it.method == "GET" else (it.method,):
            app.router.add_route(method, _pattern(it.path), serve)
        if Role.CUSTOMER in it.roles:
            customers.setdefault(it.path, []).append(it.method)
    for path, methods in customers.items():
        answer = preflight(path, methods, context.origins, context.rate_limiter)
        app.router.add_route("OPTIONS", _pattern(path), answer)


def _pattern(path: str) -> str:
    """As aiohttp spells it; its own `{name}` has no room for the braces that a merchant's order id may have."""
    return re.sub(r"\{(\w+)\}", r"{\1:[^/]+}", path)


async def _serve(it: Endpoint, context: AppContext[Any], request: web.Request) -> web.Response:
    """A failed authentication counts for the address; too many of them turn 401 into 429."""
    request[ROUTE] = it.route
    try:
        check_version(request)
        with ExitStack() as until_answered:
            return await _validated(it, context, request, until_answered)
    except Problem as problem:
        if problem.status == 401:
            if Role.CUSTOMER in it.roles:
                await admit_stranger(request, context.origins)
            context.rate_limiter.record_failure(request)
        raise


async def _validated(
    it: Endpoint, context: AppContext[Any], request: web.Request, until_answered: ExitStack
) -> web.Response:
    """What can be refused without the body is refused before the body is read."""
    if not it.roles:
        context.rate_limiter.consume_public(request, it.public_quota, it.route)
    async with Deadline(_loop_time() + it.timeout) as limit:
        caller = await _caller(it, context, request) if it.roles else None
        path = path_of(request, it.path)
        key = key_of(request, it.idempotency)
        waits = it.takes_body and not bodies.is_here(request)
        if waits:
            limit.move(None)  # a body has a time of its own
        arguments, sent = await _arguments(it, context, request, until_answered)
        deadline = _loop_time() + it.timeout
        if waits:
            limit.move(deadline)
        slot = await _slot(it, context, caller, path, key)
        call = Call(request, caller, path, context.services, deadline, slot)
        handle = partial(_handle, it, call, arguments)
        if slot is None:
            response = await handle()
        else:
            limit.move(deadline + RELEASE_TIMEOUT)
            response = await _handle_once(context, call, slot, fingerprint(sent), handle)
    if slot is None and is_unchanged(request, response.headers):
        return web.Response(status=304, headers=response.headers)
    return _to_web_response(it, response)


async def _handle_once(
    context: AppContext[Any],
    call: Call[Any],
    slot: IdempotencyKey,
    body_hash: str,
    handle: Callable[[], Awaitable[StoredResponse]],
) -> StoredResponse:
    """The stored response of the key, or that of the handler within the call's deadline."""
    audience: Audience = "customer" if call.caller.role is Role.CUSTOMER else "shop"

    async def handle_in_time() -> StoredResponse:
        async with Deadline(call.deadline):
            return await handle()

    return await run_once(context.idempotency, slot, body_hash, handle_in_time, audience)


async def _caller(it: Endpoint, context: AppContext[Any], request: web.Request) -> Caller:
    """The caller. One whose quota is used up is refused before the key is looked up again."""
    bearer, quota = bearer_of(request), quota_of(it.method)
    known = context.rate_limiter.known_caller(bearer)
    context.rate_limiter.reject_call_if_exhausted(request, quota, known)
    caller = await identify(bearer, context.keys, it.roles)
    bind_contextvars(merchant=caller.merchant, role=caller.role)
    await admit_origin(request, caller, context.origins)
    if caller != known:
        context.rate_limiter.remember_key(bearer, caller)
    context.rate_limiter.consume_call(request, quota, caller)
    return caller


async def _slot(
    it: Endpoint, context: AppContext[Any], caller: Caller | None, path: Mapping[str, str], key: str | None
) -> IdempotencyKey | None:
    """Whose key it is: the merchant's and the object's. A caller who may not see the object gets no answer about it."""
    if caller is None or key is None:
        return None
    return IdempotencyKey(caller.merchant or "", it.route, await context.object_of(caller, path), key)


async def _arguments(
    it: Endpoint, context: AppContext[Any], request: web.Request, until_answered: ExitStack
) -> tuple[dict[str, Any], JsonValue]:
    """The handler's query and body, and the parsed JSON that the body came from. Unsigned bytes count until the answer."""
    arguments: dict[str, Any] = {}
    sent: JsonValue = None
    if it.schemas.query is not None:
        arguments["query"] = query_of(request, it.schemas.query)
    if it.schemas.raw_body:
        network = context.rate_limiter.network(request)
        count = until_answered.enter_context(context.unsigned_bodies.under_way(network))
        arguments["body"] = await bodies.read_raw(request, it.limit, count=count)
    elif it.schemas.body is not None:
        arguments["body"], sent = await _body(it, it.schemas.body, request)
    return arguments, sent


async def _body(it: Endpoint, schema: TypeAdapter[Any], request: web.Request) -> tuple[Any, JsonValue]:
    """The handler's body argument, and the parsed JSON that it came from."""
    if it.schemas.body_optional and not request.body_exists:
        return None, None
    raw, sent = await bodies.read_json(request, it.limit)
    return bodies.validate_body(schema, it.schemas.list_lengths, raw, sent), sent


async def _handle(it: Endpoint, call: Call[Any], arguments: dict[str, Any]) -> StoredResponse:
    """Run the handler. A command may be executed after the deadline: a retry joins it by the same command id."""
    try:
        result = await it.handler(call, **arguments)
    except SERVICE_FAILURES as failure:
        raise problem_of(failure) from None
    response = result if isinstance(result, Response) else Response(result)
    body = response.body
    if isinstance(body, EncodedJson):
        body = body.json
    elif it.schemas.response is not None and not (it.alternative and isinstance(body, bytes)):
        body = to_json_values(it.schemas.response, body)
    return StoredResponse(response.status or it.status, body, _headers(it, call, response, body))


def _headers(it: Endpoint, call: Call[Any], response: Response[Any], body: Any) -> Mapping[str, str]:
    """The handler's own headers, and those that follow from the answer."""
    if it.location and response.status in (None, 201, 202):
        return {**response.headers, **location(it.location, call.path, body)}
    if it.method == "GET" and isinstance(body, dict):
        return {**response.headers, **next_page(call.request, body)}
    return response.headers


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def _to_web_response(it: Endpoint, response: StoredResponse) -> web.Response:
    if isinstance(response.body, bytes):
        body, media_type = response.body, it.alternative or it.produces
    elif it.schemas.response is None and response.status < 400:
        return web.Response(status=response.status, headers=response.headers)
    else:
        body = dump_json(response.body)
        media_type = it.produces if response.status < 400 else "application/problem+json"
    return web.Response(body=body, status=response.status, headers=response.headers, content_type=media_type)
