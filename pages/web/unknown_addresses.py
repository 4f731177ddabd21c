"""Addresses of the screens that do not exist: a page with a way back for a browser, the API's problem for a program."""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from api.http.middleware import ROUTE
from api.http.problems import Problem
from pages.web.brands import branded
from pages.web.error_pages import error_page
from pages.web.linked import find_linked
from pages.web.staff import read_as_user, staff
from pages.web.visit import Visit
from services.orders.linked_orders import LinkedOrder

UNKNOWN: Final = "GET a page that does not exist"
_SCREENS: Final = frozenset({"agents", "o", "r", "find", "feedback", "design"})
_OF_A_LINK: Final = frozenset({"o", "r"})
_NAMED: Final = _OF_A_LINK | {"find"}  # what stands after them names an order or a shop
VisitOf = Callable[[web.Request], Visit]


def is_for_people(request: web.Request) -> bool:
    """Whether a browser asks for an address below one of the screens."""
    segments = request.path.split("/")
    reads = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    return reads and segments[1] in _SCREENS


def unknown_addresses(visit_of: VisitOf) -> Middleware:
    """The middleware. It changes only what the router answers where it knows no such address."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is None or not is_for_people(request):
            return await handler(request)
        request[ROUTE] = UNKNOWN
        visit = visit_of(request)
        try:
            visit.services.operations.rate_limiter.consume_public(request, "public", UNKNOWN)
            return error_page(await _known(visit), Problem("not_found"), back=_back(request))
        except Problem as problem:
            return error_page(visit, problem)

    return answer


async def _known(visit: Visit) -> Visit:
    """The visit in the frame of its reader: the user's console, or the shop of the link."""
    _, screen, *rest = visit.request.path.split("/")
    if screen == "agents":
        user = await staff(visit)
        return read_as_user(visit, user) if user is not None else visit
    found = await find_linked(visit, rest[0]) if screen in _OF_A_LINK and rest else None
    if isinstance(found, LinkedOrder):
        return await branded(visit, found.order.merchant, locale=found.locale, zone=found.zone)
    return visit


def _back(request: web.Request) -> str:
    """The nearest address above that may exist; empty where none does."""
    _, screen, *rest = request.rel_url.raw_path.split("/")
    if screen in _NAMED:
        return f"/{screen}/{rest[0]}" if len(rest) > 1 and rest[0] else ""
    return "" if screen == "feedback" else f"/{screen}"
