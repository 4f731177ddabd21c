"""All operations of the API on the real HTTP layer, with a key for each role and no use case behind them.

For what is refused before a use case is called.
"""

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from api.app import ENDPOINTS
from api.http.endpoint import Endpoint
from api.http.serving import AppContext, install
from domain.actors import Role
from services.merchants.authentication import Caller
from tests.api.frame_app import Table


class RoleKeys:
    """The key of a role is its name; a customer's link is for the order `ord_x`."""

    async def authenticate(self, bearer: str) -> Caller | None:
        role = Role(bearer)
        return Caller("acme", role, bearer, "ord_x" if role == Role.CUSTOMER else None)


def bearer_for(it: Endpoint) -> dict[str, str]:
    """The weakest key that may call the operation: a customer's, where customers may."""
    roles = sorted(it.roles, key=lambda role: (role != Role.CUSTOMER, role))
    return {"Authorization": f"Bearer {roles[0]}"} if roles else {}


def path_for(it: Endpoint, **names: str) -> str:
    """The operation's path with these names; `x` for each other one."""
    return it.path.format_map({name: names.get(name, "x") for name in it.path_names})


async def start(services: Any = None) -> TestServer:
    app = web.Application()
    install(app, ENDPOINTS, AppContext(services, RoleKeys(), Table()))
    server = TestServer(app)
    await server.start_server()
    return server
