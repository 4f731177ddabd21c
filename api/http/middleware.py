"""What holds for every response: failures are problem documents, security headers are set, each request has an id."""

import logging
import re
import secrets
from time import perf_counter
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.http import metrics
from api.http.path_suggestions import PathSuggestions
from api.http.problems import Problem
from api.http.rate_limits import QUOTA_STATE
from api.http.response_headers import EXPOSED
from api.http.security_headers import SECURITY_HEADERS, SERVER
from services.exceptions import describe_exception
from services.store_errors import is_transient

log = logging.getLogger(__name__)

ROUTE: Final = web.RequestKey("route", str)
REQUEST_ID: Final = web.RequestKey("request_id", str)
CORS_ORIGIN: Final = web.RequestKey("cors_origin", str)  # the page's origin, which may read the answer
SUGGESTIONS: Final = web.AppKey("suggestions", PathSuggestions)
DATABASE_UNAVAILABLE: Final = (
    "The database does not answer at the moment; nothing was lost, repeat the same request."
)
_VALID_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception below into a problem document; log one line per request and count it.

    The line has the route's template and never the path, which may hold a customer's id.
    """
    sent = request.headers.get("X-Request-Id", "")
    request[REQUEST_ID] = sent if _VALID_ID.fullmatch(sent) else secrets.token_hex(8)
    clear_contextvars()  # a connection serves one request after the other in one context
    bind_contextvars(request_id=request[REQUEST_ID])
    began = perf_counter()
    response = await _handle(request, handler)
    route, spent = request.get(ROUTE), perf_counter() - began
    metrics.record_request(route, request.method, response.status, spent)
    log.info("request", extra={"route": route, "status": response.status, "ms": round(spent * 1000)})
    return response


async def _handle(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An unexpected exception is logged by type and place only: its message may hold what a customer wrote."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as response:
        if response.status < 400:
            raise
        return _as_problem(request, response).response()
    except Exception as error:  # noqa: BLE001 - the last line of defence
        if is_transient(error):
            log.warning(
                "%s: the database does not answer: %s", request.get(ROUTE, "a request"), type(error).__name__
            )
            return Problem("unavailable", DATABASE_UNAVAILABLE, retry_after=1).response()
        log.error("%s failed: %s", request.get(ROUTE, "a request"), describe_exception(error))
        return Problem("internal").response()


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Add security headers, the request id and the caller's quota; a page may have set its own policy before."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SERVER
    quota = request.get(QUOTA_STATE)
    if quota is not None:
        for name, value in quota.headers().items():
            response.headers.setdefault(name, value)
    if REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]
    if CORS_ORIGIN in request:
        response.headers["Access-Control-Allow-Origin"] = request[CORS_ORIGIN]
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        varies = response.headers.get("Vary")
        response.headers["Vary"] = f"Origin, {varies}" if varies else "Origin"


def _as_problem(request: web.Request, response: web.HTTPException) -> Problem:
    if isinstance(response, web.HTTPMethodNotAllowed):
        return Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(response.allowed_methods))})
    if isinstance(response, web.HTTPNotFound):
        return _unknown_path(request)
    return Problem("bad_request")


def _unknown_path(request: web.Request) -> Problem:
    """Told apart from an unknown object: that is `not_found`. The path is never repeated, it may hold a customer's id."""
    nearest = request.app[SUGGESTIONS].nearest(request.rel_url.path) if SUGGESTIONS in request.app else None
    if nearest is None:
        return Problem("unknown_path", "All paths are listed at /docs.")
    return Problem("unknown_path", f"Did you mean {nearest}?", nearest=nearest)
