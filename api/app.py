"""The API as one aiohttp application."""

from functools import partial

from aiohttp import web

from api.context import Services
from api.description import description
from api.http.auth import Authenticator
from api.http.docs_page import publish
from api.http.endpoint import endpoints_in
from api.http.serving import AppContext, install
from api.idempotency_objects import object_of
from api.metrics_page import MetricsPage
from api.routes import (
    agents,
    api_keys,
    approvals,
    attention,
    attention_bulk,
    branding,
    carrier_accounts,
    channels,
    claw_backs,
    consents,
    conversations,
    correspondence,
    credit,
    credit_adjustments,
    customer_pages,
    devices,
    disputes,
    dock,
    drop_offs,
    exchanges,
    feedback,
    figures,
    health,
    inbox,
    ledger,
    letter_links,
    lookups,
    lost_parcels,
    mail_reports,
    mail_senders,
    merchants,
    notices,
    oidc,
    order_edits,
    order_history,
    order_payments,
    orders,
    origins,
    panel,
    payment_accounts,
    payment_differences,
    payment_webhooks,
    planned,
    policies,
    preferences,
    previews,
    privacy,
    refund_choices,
    reply_macros,
    return_facts,
    returns,
    sandbox,
    search,
    second_factors,
    shop_systems,
    storefront_updates,
    storefronts,
    user_sessions,
    users,
    webhook_endpoints,
    webhooks,
    withdrawals,
)
from ports.idempotency import IdempotencyTable

VERSION = "0.1.0"
ENDPOINTS = endpoints_in(
    privacy,
    merchants, mail_senders, branding, api_keys, users, user_sessions, second_factors, oidc, approvals,
    policies, carrier_accounts, payment_accounts, orders, order_history,
    order_payments, order_edits, consents, conversations, correspondence, lost_parcels, refund_choices, disputes, claw_backs,
    returns, attention, attention_bulk, search, reply_macros, panel,
    return_facts, drop_offs, dock, withdrawals, credit,
    previews, planned,
    credit_adjustments, customer_pages, devices,
    webhooks, storefronts, storefront_updates, webhook_endpoints, agents, inbox, ledger,
    notices, sandbox, health,
    preferences, exchanges, shop_systems, origins, channels, letter_links, lookups,
    mail_reports, payment_differences, payment_webhooks,
    figures, feedback,
)  # fmt: skip


def make_app(services: Services, keys: Authenticator, idempotency: IdempotencyTable) -> web.Application:
    """All routes, `/metrics`, `/openapi.json` and `/docs`."""
    app, operations = web.Application(), services.operations

    async def close(_: web.Application) -> None:
        await services.merchants.webhook_endpoints.close()
        await services.merchants.payment_accounts.close()

    app.on_cleanup.append(close)
    context = AppContext(
        services,
        keys,
        idempotency,
        operations.rate_limiter,
        origins=services.merchants.origins,
        object_of=partial(object_of, services),
    )
    install(app, ENDPOINTS, context)
    publish(app, ENDPOINTS, partial(description, VERSION), operations.rate_limiter)
    MetricsPage(keys, operations.rate_limiter, operations.gauges, operations.metrics_open).publish(app)
    return app
