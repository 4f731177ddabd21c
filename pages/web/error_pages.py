"""A failure as a page: what happened in one sentence, and what to do next."""

from aiohttp import web

from api.http.problems import Problem
from pages.web.rendering import render
from pages.web.visit import Visit

CONSOLE = "/agents"


def error_page(visit: Visit, problem: Problem, template: str = "design/error.html") -> web.Response:
    """The page of that problem. Its sentence is chosen by the status; the detail is for the console only."""
    console = visit.request.path.startswith(CONSOLE)
    kept = {name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}
    return render(
        visit,
        template,
        status=problem.status,
        headers=kept,
        layout="design/console.html" if console else "design/customer.html",
        problem=problem.code,
        status_code=problem.status,
        detail=(problem.detail or problem.title) if console else "",
    )
