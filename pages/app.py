"""All screens, mounted into the API's application."""

from aiohttp import web

from pages.conversation import routes as conversation
from pages.design import routes as design
from pages.returns import routes as returns
from pages.web.mounting import PageContext, mount
from pages.web.routes import routes_in

ROUTES = routes_in(design, returns, conversation)


def mount_pages(app: web.Application, context: PageContext) -> None:
    """Serve every screen and the static files."""
    mount(app, ROUTES, context)
