"""All screens, mounted into the API's application."""

from aiohttp import web

from pages.customer_order import routes as customer_order
from pages.design import routes as design
from pages.web.mounting import PageContext, mount
from pages.web.routes import routes_in

ROUTES = routes_in(customer_order, design)


def mount_pages(app: web.Application, context: PageContext) -> None:
    """Serve every screen and the static files."""
    mount(app, ROUTES, context)

    async def end_streams(_: web.Application) -> None:
        await context.services.orders.watch.close()

    app.on_shutdown.append(end_streams)
