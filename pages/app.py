"""All screens, mounted into the API's application. A screen is found by its folder: it is named nowhere else."""

from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

from aiohttp import web

import pages
from pages.web.mounting import PageContext, mount, visit_of
from pages.web.routes import PageRoute, routes_in
from pages.web.unknown_addresses import unknown_addresses

_NO_SCREEN: Final = "pages.web."


def screen_routes() -> list[PageRoute]:
    """The routes that the modules of all screens declare, each once."""
    names = [one.name for one in walk_packages(pages.__path__, "pages.") if not one.ispkg]
    modules = [
        import_module(name) for name in sorted(names) if name != __name__ and not name.startswith(_NO_SCREEN)
    ]
    return list(dict.fromkeys(routes_in(*modules)))


ROUTES = screen_routes()


def mount_pages(app: web.Application, context: PageContext) -> None:
    """Serve every screen and the static files."""
    mount(app, ROUTES, context)
    app.middlewares.append(unknown_addresses(partial(visit_of, context)))

    async def end_streams(_: web.Application) -> None:
        await context.services.orders.watch.close()
        await context.services.console.watch.close()

    app.on_shutdown.append(end_streams)
