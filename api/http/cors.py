"""Cross-origin requests (CORS) with a customer's link: a shop's own pages may read what the link opens, other pages may not.

Keys of staff and storefronts belong on servers: no page of any origin reads their answers. Credentials of browsers (cookies)
are never used, so no answer allows them, and no answer allows every origin.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import web

from api.http.middleware import CORS_ORIGIN, ROUTE
from api.http.problems import Problem
from api.http.rate_limits import RateLimiter
from domain.actors import Role
from services.merchants.authentication import Caller

MAX_AGE: Final = 600  # seconds that a browser remembers the answer to a preflight
SENT_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Smot-Version, X-Request-Id"
)


class AllowedOrigins(Protocol):
    """The origins whose pages merchants allow."""

    async def allows(self, merchant: str, origin: str) -> bool:
        """Whether that merchant allows it."""
        ...

    async def allowed_by_any(self, origin: str) -> bool:
        """Whether any merchant does: a preflight has no key, so its merchant is unknown."""
        ...


class NoOrigins:
    """No page of any origin is allowed."""

    async def allows(self, merchant: str, origin: str) -> bool:
        return False

    async def allowed_by_any(self, origin: str) -> bool:
        return False


def preflight(
    path: str, methods: list[str], origins: AllowedOrigins, limiter: RateLimiter
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of OPTIONS for a path that customers may call. Raises Problem origin_refused and rate_limited."""
    allowed = ", ".join(sorted(methods))

    async def answer(request: web.Request) -> web.Response:
        request[ROUTE] = f"OPTIONS {path}"
        limiter.consume_public(request, "public", f"OPTIONS {path}")
        origin = request.headers.get("Origin", "")
        if not origin or not await origins.allowed_by_any(origin):
            raise Problem("origin_refused", headers={"Vary": "Origin"})
        request[CORS_ORIGIN] = origin
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": allowed,
                "Access-Control-Allow-Headers": SENT_HEADERS,
                "Access-Control-Max-Age": str(MAX_AGE),
            },
        )

    return answer


async def admit_origin(request: web.Request, caller: Caller, origins: AllowedOrigins) -> None:
    """Let the page that sent this request read its answer, where the merchant of the customer's link allows it."""
    origin = request.headers.get("Origin")
    if origin and caller.role == Role.CUSTOMER and await origins.allows(caller.merchant or "", origin):
        request[CORS_ORIGIN] = origin


async def admit_stranger(request: web.Request, origins: AllowedOrigins) -> None:
    """The same for an answer to a caller who is not known, such as one whose link has expired: it holds no data of a merchant."""
    origin = request.headers.get("Origin")
    if origin and await origins.allowed_by_any(origin):
        request[CORS_ORIGIN] = origin
