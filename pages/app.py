"""All screens, mounted into the API's application."""

from aiohttp import web

from pages.account import me, sign_in, welcome
from pages.design import routes as design
from pages.embed import routes as embed
from pages.queue import bulk as queue_bulk
from pages.queue import routes as queue
from pages.search import routes as search
from pages.web.mounting import PageContext, mount
from pages.web.routes import routes_in

ROUTES = routes_in(design, sign_in, welcome, me, queue, queue_bulk, search, embed)


def mount_pages(app: web.Application, context: PageContext) -> None:
    """Serve every screen and the static files."""
    mount(app, ROUTES, context)
