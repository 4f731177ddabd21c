"""The API as one aiohttp application."""

from aiohttp import web

from api.auth import Authenticator
from api.docs_page import publish
from api.endpoint import endpoints_in
from api.routes import (
    agents,
    consents,
    drop_offs,
    health,
    merchants,
    order_story,
    orders,
    returns,
    sandbox,
    webhooks,
)
from api.services import Services
from api.serving import Desk, install
from ports.idempotency import IdempotencyTable

VERSION = "0.1.0"
ENDPOINTS = endpoints_in(
    merchants, orders, order_story, consents, returns, drop_offs, webhooks, agents, sandbox, health
)


def make_app(services: Services, keys: Authenticator, idempotency: IdempotencyTable) -> web.Application:
    """All routes, `/openapi.json` and `/docs`."""
    app = web.Application()
    install(app, ENDPOINTS, Desk(services=services, keys=keys, idempotency=idempotency))
    publish(app, ENDPOINTS, "smot", VERSION)
    return app
