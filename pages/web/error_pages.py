"""A failure as a page: what happened in one sentence, and what to do next."""

from collections.abc import Collection
from http import HTTPStatus

from aiohttp import web

from api.http.problems import Problem
from domain.actors import Role
from pages.web.rendering import render
from pages.web.visit import Visit

CONSOLE = "/agents"


def error_page(
    visit: Visit,
    problem: Problem,
    template: str = "design/error.html",
    *,
    back: str = "",
    roles: Collection[Role] = (),
) -> web.Response:
    """The page of that problem. Its sentence is chosen by the status; the detail is for the console only.

    back: the address of the way back. roles: those who may see the page, where the reader's role may not.
    """
    path = visit.request.path
    console = path == CONSOLE or path.startswith(f"{CONSOLE}/")
    kept = {name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}
    return render(
        visit,
        template,
        status=problem.status,
        headers=kept,
        layout="design/console.html" if console else "design/customer.html",
        problem=problem.code,
        status_code=problem.status,
        detail=(problem.detail or problem.title)
        if console and not roles and problem.status != HTTPStatus.NOT_FOUND
        else "",
        back=back or (CONSOLE if console else ""),
        console=console,
        reads=visit.request.method in ("GET", "HEAD"),
        roles=sorted(roles),
    )
