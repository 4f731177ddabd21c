"""How a screen names its routes: `@page("GET", "/find/{merchant}")`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Literal

from aiohttp import web

from pages.web.visit import Visit

PageHandler = Callable[[Visit], Awaitable[web.StreamResponse]]
FORM_LIMIT: Final = 64 * 1024  # bytes


@dataclass(frozen=True)
class PageRoute:
    """One address of a screen. timeout: seconds; None for a stream that stays open. limit: bytes of a form."""

    method: Literal["GET", "POST"]
    path: str
    handler: PageHandler
    limit: int = FORM_LIMIT
    timeout: float | None = 20.0

    @property
    def screen(self) -> str:
        """The folder of its screen."""
        return self.handler.__module__.split(".")[1]

    @property
    def name(self) -> str:
        """As logs and quotas name it."""
        return f"{self.method} {self.path}"


def page(
    method: Literal["GET", "POST"], path: str, *, limit: int = FORM_LIMIT, timeout: float | None = 20.0
) -> Callable[[PageHandler], PageRoute]:
    """Declare a handler as a route. `routes_in` finds it."""

    def declare(handler: PageHandler) -> PageRoute:
        return PageRoute(method, path, handler, limit, timeout)

    return declare


def routes_in(*modules: ModuleType) -> list[PageRoute]:
    """All routes that these modules declare."""
    return [one for module in modules for one in vars(module).values() if isinstance(one, PageRoute)]
