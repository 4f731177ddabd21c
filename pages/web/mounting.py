"""Mounts the screens into the API's application: origin, quota, form, handler, and failures as pages."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from re import sub

from aiohttp import web

from api.context import Services
from api.http.bodies import read_raw
from api.http.middleware import DATABASE_UNAVAILABLE, ROUTE
from api.http.problems import Problem
from api.http.service_problems import SERVICE_FAILURES, problem_of
from pages.web.error_pages import error_page
from pages.web.fields import Fields
from pages.web.multipart import MULTIPART, read_multipart
from pages.web.origins import check_same_origin
from pages.web.rendering import ScreenRenderer, screen_renderer
from pages.web.routes import PageRoute
from pages.web.visit import Visit, language_of
from services.exceptions import describe_exception
from services.store_errors import is_transient

log = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class PageContext:
    """What all screens share. embedded: whether this is `smot up`."""

    services: Services
    embedded: bool = False


def mount(app: web.Application, routes: Iterable[PageRoute], context: PageContext) -> None:
    """Serve these routes and `/static/`."""
    renderer = screen_renderer()
    for route in routes:
        serve = partial(_serve, route, context)
        pattern = sub(r"\{(\w+)\}", r"{\1:[^/]+}", route.path)
        for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
            app.router.add_route(method, pattern, serve)
    app.router.add_get("/static/{name}", _static(context, renderer))


def visit_of(context: PageContext, request: web.Request, screen: str = "") -> Visit:
    """The visit of a reader who is not known yet."""
    visit = Visit(request, context.services, screen_renderer(), embedded=context.embedded, screen=screen)
    return visit.read_as(locale=language_of(visit), mirrored=_mirrored(context, request))


async def _serve(route: PageRoute, context: PageContext, request: web.Request) -> web.StreamResponse:
    """The handler's answer; every failure becomes a page in the reader's language."""
    request[ROUTE] = route.name
    visit = visit_of(context, request, route.screen)
    try:
        context.services.operations.rate_limiter.consume_public(request, "public", route.name)
        return await _handle(route, visit)
    except Problem as problem:
        return error_page(visit, problem)
    except SERVICE_FAILURES as failure:
        return error_page(visit, problem_of(failure))
    except (web.HTTPException, asyncio.CancelledError):
        raise
    except TimeoutError:
        return error_page(visit, Problem("unavailable", "It took too long.", retry_after=2))
    except Exception as error:  # noqa: BLE001 - the last line of defence
        if is_transient(error):
            return error_page(visit, Problem("unavailable", DATABASE_UNAVAILABLE, retry_after=2))
        log.error("%s failed: %s", route.name, describe_exception(error))
        return error_page(visit, Problem("internal"))


def _mirrored(context: PageContext, request: web.Request) -> bool:
    """Whether a page is to be seen from right to left in any language: by `?dir=rtl`, for trials, in embedded mode only."""
    return context.embedded and request.query.get("dir") == "rtl"


async def _handle(route: PageRoute, visit: Visit) -> web.StreamResponse:
    async with asyncio.timeout(route.timeout):
        request = visit.request
        query = Fields.parse(request.query_string)
        form = Fields()
        if request.method == "POST":
            check_same_origin(request)
            form = await _form(route, request)
        return await route.handler(replace(visit, form=form, query=query))


async def _form(route: PageRoute, request: web.Request) -> Fields:
    """The urlencoded fields. Raises Problem for another kind of body or one that is too large."""
    if request.content_type == MULTIPART:
        return await read_multipart(request, route.limit)
    if request.content_type != _FORM:
        raise Problem(
            "unsupported_media_type",
            "A form is sent as application/x-www-form-urlencoded or multipart/form-data.",
        )
    raw = await read_raw(request, route.limit)
    try:
        return Fields.parse(raw.decode())
    except UnicodeDecodeError:
        raise Problem("unsupported_charset", "A form is sent as UTF-8.") from None


def _static(
    context: PageContext, renderer: ScreenRenderer
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        request[ROUTE] = "GET /static/{name}"
        context.services.operations.rate_limiter.consume_public(request, "public", "GET /static/{name}")
        return renderer.static.respond(request)

    return serve
