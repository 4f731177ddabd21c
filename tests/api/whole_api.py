"""All operations and pages of the API on the real HTTP layer, with a key for each role and no use case behind them.

For what is refused before a use case is called.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from api.app import ENDPOINTS, VERSION
from api.description import description
from api.http.docs_page import publish
from api.http.endpoint import Endpoint
from api.http.rate_limits import RateLimiter
from api.http.serving import AppContext, install
from api.metrics_page import MetricsPage
from domain.actors import Role
from services.gauges import Gauge
from services.merchants.authentication import Caller
from tests.api.frame_app import ProductionServer, Table


class RoleKeys:
    """The key of a role of acme is its name; `customer/ord_x` is a link for that order."""

    async def authenticate(self, bearer: str) -> Caller | None:
        role, _, order = bearer.partition("/")
        return Caller("acme", Role(role), bearer, order or None) if role in list(Role) else None


def bearer_for(it: Endpoint) -> dict[str, str]:
    """The weakest key that may call the operation: a customer's, where customers may."""
    if Role.CUSTOMER in it.roles:
        return {"Authorization": "Bearer customer/ord_x"}
    return {"Authorization": f"Bearer {sorted(it.roles)[0]}"} if it.roles else {}


def path_for(it: Endpoint, **names: str) -> str:
    """The operation's path with these names; `x` for each other one."""
    return it.path.format_map({name: names.get(name, "x") for name in it.path_names})


async def _no_gauges() -> list[Gauge]:
    return []


class Version:
    """What a process says of itself without any use case."""

    operations = SimpleNamespace(version="0.1.0", commit="unknown")


async def start(services: Any = None, limiter: RateLimiter | None = None) -> TestServer:
    app, limiter = web.Application(), limiter or RateLimiter()
    install(app, ENDPOINTS, AppContext(services or Version(), RoleKeys(), Table(), limiter))
    publish(app, ENDPOINTS, partial(description, VERSION), limiter)
    MetricsPage(RoleKeys(), limiter, _no_gauges, open_to_all=True).publish(app)
    server = ProductionServer(app)
    await server.start_server()
    return server
