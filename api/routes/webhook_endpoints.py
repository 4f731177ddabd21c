"""Outgoing webhooks: where a merchant's own systems are told what happens, and what became of each telling."""

import secrets
from datetime import timedelta

from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.request_context import actor_of, business_now, page_of
from api.schemas.webhook_endpoints import (
    NewWebhookEndpoint,
    PingResult,
    RotatedSecret,
    SecretRotation,
    WebhookDeliveryList,
    WebhookDeliveryQuery,
    WebhookEndpointCreated,
    WebhookEndpointList,
    WebhookEndpointUpdate,
    WebhookEndpointView,
    WebhookReplayQueued,
    WebhookReplayRequest,
    delivery_view,
    endpoint_view,
    ping_result,
)
from domain import keys
from domain.actors import Role
from domain.webhooks.events import ping
from ports.webhooks import WebhookMessage
from store.engine.columns import real_now
from store.tables.all import WebhookEndpointRow
from store.webhooks.delivery_log import EndpointBacklog, ReplayFilter

_ROLES = {
    Role.STOREFRONT,
    Role.ADMIN,
}  # the merchant's own systems: whoever may set an address is told everything
_TAGS = ("webhook endpoints",)
_ONE = "/v1/webhook-endpoints/{endpoint}"


@endpoint(
    "POST", "/v1/webhook-endpoints", roles=_ROLES, status=201, tags=_TAGS, idempotency="optional",
    problems=("url_refused", "too_many_endpoints"),
)  # fmt: skip
async def create_webhook_endpoint(call: Call[Services], body: NewWebhookEndpoint) -> WebhookEndpointCreated:
    """Have events sent to an address of yours, signed as Standard Webhooks 1.0.0 says, from now on.

    The secret is shown once. The address must be https and public; its names are resolved again for every try.
    """
    await _check_url(call, body.url)
    made = await call.services.webhook_endpoints.create(call.merchant, body.url, body.events)
    if made is None:
        raise Problem("too_many_endpoints")
    row, secret = made
    await _audit(call, row.id, "webhook_endpoint_created")
    return WebhookEndpointCreated(secret=secret, **endpoint_view(row, EndpointBacklog()).model_dump())


@endpoint("GET", "/v1/webhook-endpoints", roles=_ROLES, tags=_TAGS)
async def list_webhook_endpoints(call: Call[Services]) -> WebhookEndpointList:
    """All endpoints, the oldest first, and how their deliveries stand."""
    rows = await call.services.webhook_endpoints.all(call.merchant)
    waiting = await call.services.delivery_log.backlogs([row.id for row in rows])
    return WebhookEndpointList(
        items=tuple(endpoint_view(row, waiting.get(row.id, EndpointBacklog())) for row in rows)
    )


@endpoint("GET", _ONE, roles=_ROLES, tags=_TAGS)
async def get_webhook_endpoint(call: Call[Services]) -> WebhookEndpointView:
    """An endpoint, and how its deliveries stand."""
    return await _view(call, await _endpoint(call))


@endpoint("PATCH", _ONE, roles=_ROLES, tags=_TAGS, problems=("url_refused",))
async def update_webhook_endpoint(call: Call[Services], body: WebhookEndpointUpdate) -> WebhookEndpointView:
    """Change its address or its events, pause it or let it go on. While it is paused events wait, for 30 days."""
    await _endpoint(call)
    if body.url is not None:
        await _check_url(call, body.url)
    row = await call.services.webhook_endpoints.change(
        call.merchant, call.path["endpoint"], url=body.url, events=body.events, status=body.status
    )
    if row is None:
        raise Problem("not_found")
    facts: dict[str, str | int] = {"status": body.status} if body.status else {}
    await _audit(call, row.id, "webhook_endpoint_updated", **facts)
    return await _view(call, row)


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS)
async def delete_webhook_endpoint(call: Call[Services]) -> None:
    """Forget it, with all its deliveries."""
    if not await call.services.webhook_endpoints.delete(call.merchant, call.path["endpoint"]):
        raise Problem("not_found")
    await _audit(call, call.path["endpoint"], "webhook_endpoint_deleted")


@endpoint("POST", _ONE + "/rotate", roles=_ROLES, tags=_TAGS, idempotency="optional")
async def rotate_webhook_secret(call: Call[Services], body: SecretRotation | None) -> RotatedSecret:
    """A new secret, shown once. The one before signs beside it for a day, or for as many `hours` as you say."""
    overlap = timedelta(hours=(body or SecretRotation()).hours)
    name = call.path["endpoint"]
    secret = await call.services.webhook_endpoints.rotate(call.merchant, name, overlap)
    if secret is None:
        raise Problem("not_found")
    await _audit(call, name, "webhook_secret_rotated")
    return RotatedSecret(secret=secret, previous_secret_expires_at=real_now() + overlap)


@endpoint("GET", _ONE + "/deliveries", roles=_ROLES, tags=_TAGS)
async def list_webhook_deliveries(call: Call[Services], query: WebhookDeliveryQuery) -> WebhookDeliveryList:
    """What was sent or will be, the newest events first: with status `dead`, the dead letters."""
    row = await _endpoint(call)
    order = await _order(call, query.order) if query.order is not None else None
    page = await page_of(
        call.services.delivery_log.page(
            row.id, limit=query.limit, cursor=query.cursor, status=query.status, order=order, type=query.type
        )
    )
    return WebhookDeliveryList(items=tuple(delivery_view(one) for one in page.items), next=page.next)


@endpoint("POST", _ONE + "/replay", roles=_ROLES, status=202, tags=_TAGS, idempotency="optional")
async def replay_webhooks(call: Call[Services], body: WebhookReplayRequest) -> WebhookReplayQueued:
    """Send events again, under their old ids: by time, by order or return, by type, one event, or all dead letters.

    Events from before the endpoint was made are sent too, as far as we have them. At most 5,000 at a time.
    """
    row = await _endpoint(call)
    if not body.model_dump(exclude_defaults=True):
        raise Problem("invalid_body", "Say which events to send again.")
    wanted = ReplayFilter(
        since=body.since,
        until=body.until,
        order=await _order(call, body.order) if body.order is not None else None,
        return_id=await _return(call, body.return_id) if body.return_id is not None else None,
        types=body.types,
        event=body.event,
        dead=body.dead,
    )
    made = await call.services.delivery_log.replay(row, wanted)
    await _audit(call, row.id, "webhooks_replayed", queued=made.queued)
    return WebhookReplayQueued(queued=made.queued, more_since=made.newest)


@endpoint("POST", _ONE + "/test", roles=_ROLES, tags=_TAGS, timeout=40.0)
async def ping_webhook_endpoint(call: Call[Services]) -> PingResult:
    """Send one signed `ping` now, also to a paused endpoint, and say what came of it. It is not tried again."""
    row = await _endpoint(call)
    target = await call.services.webhook_endpoints.target(row.id)
    if target is None:
        raise Problem("not_found")
    event = keys.ping_event(secrets.token_hex(20))
    message = WebhookMessage(target.url, event, ping(row.id, real_now()), target.secrets)
    return ping_result(event, await call.services.webhook_sender.send(message))


async def _endpoint(call: Call[Services]) -> WebhookEndpointRow:
    """The endpoint in the path. Unknown and foreign ones are alike not_found."""
    row = await call.services.webhook_endpoints.find(call.merchant, call.path["endpoint"])
    if row is None:
        raise Problem("not_found")
    return row


async def _view(call: Call[Services], row: WebhookEndpointRow) -> WebhookEndpointView:
    waiting = await call.services.delivery_log.backlogs([row.id])
    return endpoint_view(row, waiting.get(row.id, EndpointBacklog()))


async def _check_url(call: Call[Services], url: str) -> None:
    """Raises url_refused with the reason."""
    objection = await call.services.webhook_sender.rejection_reason(url)
    if objection is not None:
        raise Problem("url_refused", "It must be https, public and resolvable.", reason=objection)


async def _order(call: Call[Services], order: str) -> str:
    """Our id of it. Raises not_found."""
    row = await call.services.orders.find(call.merchant, order)
    if row is None:
        raise Problem("not_found")
    return row.id


async def _return(call: Call[Services], return_id: str) -> str:
    """Our id of it. Raises not_found."""
    row = await call.services.returns.find(call.merchant, return_id)
    if row is None:
        raise Problem("not_found")
    return row.id


async def _audit(call: Call[Services], endpoint_id: str, what: str, **facts: str | int) -> None:
    """Who has changed where a merchant's data go is kept for ever."""
    await call.services.audit.write(
        call.merchant, actor_of(call), what, at=await business_now(call), subject=endpoint_id, details=facts
    )
