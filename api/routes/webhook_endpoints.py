"""Routes: endpoints of outgoing webhooks, at which a merchant's own systems receive events, and their deliveries."""

from datetime import timedelta

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.webhook_endpoints import (
    NewWebhookEndpoint,
    RotatedSecret,
    SecretRotation,
    WebhookDeliveryList,
    WebhookDeliveryQuery,
    WebhookEndpointCreated,
    WebhookEndpointList,
    WebhookEndpointUpdate,
    WebhookReplayQueued,
    WebhookReplayRequest,
)
from domain.actors import Role
from services.webhooks.endpoint_views import PingResult, WebhookEndpointView
from services.webhooks.endpoints import (
    DeliveryFilter,
    EndpointChanges,
    ReplayFilter,
    WebhookEndpointService,
)

_ROLES = {Role.STOREFRONT, Role.ADMIN}  # the merchant's own systems: an endpoint receives all events
_TAGS = ("webhook endpoints",)
_ONE = "/v1/webhook-endpoints/{endpoint}"


@endpoint(
    "POST", "/v1/webhook-endpoints", roles=_ROLES, status=201, tags=_TAGS, idempotency="optional",
    location="/v1/webhook-endpoints/{endpoint}",
    problems=("url_refused", "too_many_endpoints"),
)  # fmt: skip
async def create_webhook_endpoint(call: Call[Services], body: NewWebhookEndpoint) -> WebhookEndpointCreated:
    """Have events sent to a URL of yours from now on, signed as Standard Webhooks 1.0.0 says.

    The secret is shown once. The URL must be https and public; its host is resolved again for every attempt.
    """
    await _check_url(call, body.url)
    created = await _endpoints(call).create(call.merchant, call.caller.actor, body.url, body.events)
    if created is None:
        raise Problem("too_many_endpoints")
    view, secret = created
    return WebhookEndpointCreated(secret=secret, **view.model_dump())


@endpoint("GET", "/v1/webhook-endpoints", roles=_ROLES, tags=_TAGS)
async def list_webhook_endpoints(call: Call[Services]) -> WebhookEndpointList:
    """All endpoints, the oldest first, with the state of their deliveries."""
    return WebhookEndpointList(items=tuple(await _endpoints(call).all(call.merchant)))


@endpoint("GET", _ONE, roles=_ROLES, tags=_TAGS)
async def get_webhook_endpoint(call: Call[Services]) -> WebhookEndpointView:
    """An endpoint with the state of its deliveries."""
    view = await _endpoints(call).find(call.merchant, call.path["endpoint"])
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("PATCH", _ONE, roles=_ROLES, tags=_TAGS, problems=("url_refused",))
async def update_webhook_endpoint(call: Call[Services], body: WebhookEndpointUpdate) -> WebhookEndpointView:
    """Change its URL or its events, pause it or resume it. While it is paused, events wait for up to 30 days."""
    await _require_endpoint(call)
    if body.url is not None:
        await _check_url(call, body.url)
    changes = EndpointChanges(body.url, body.events, body.status)
    view = await _endpoints(call).change(call.merchant, call.caller.actor, call.path["endpoint"], changes)
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS)
async def delete_webhook_endpoint(call: Call[Services]) -> None:
    """Delete it with all its deliveries."""
    if not await _endpoints(call).delete(call.merchant, call.caller.actor, call.path["endpoint"]):
        raise Problem("not_found")


@endpoint("POST", _ONE + "/rotate", roles=_ROLES, tags=_TAGS, idempotency="optional")
async def rotate_webhook_secret(call: Call[Services], body: SecretRotation | None) -> RotatedSecret:
    """A new secret, shown once. The secret before signs beside it for a day, or for the given `hours`."""
    overlap = timedelta(hours=(body or SecretRotation()).hours)
    rotated = await _endpoints(call).rotate_secret(
        call.merchant, call.caller.actor, call.path["endpoint"], overlap
    )
    if rotated is None:
        raise Problem("not_found")
    secret, expires_at = rotated
    return RotatedSecret(secret=secret, previous_secret_expires_at=expires_at)


@endpoint("GET", _ONE + "/deliveries", roles=_ROLES, tags=_TAGS)
async def list_webhook_deliveries(call: Call[Services], query: WebhookDeliveryQuery) -> WebhookDeliveryList:
    """Deliveries that were sent or will be, the newest events first; with status `dead`, the dead letters."""
    order = await _order_id(call, query.order) if query.order is not None else None
    wanted = DeliveryFilter(query.status, order, query.type)
    page = await _endpoints(call).deliveries(call.merchant, call.path["endpoint"], wanted, query.page())
    if page is None:
        raise Problem("not_found")
    return WebhookDeliveryList(items=tuple(page.items), next=page.next)


@endpoint("POST", _ONE + "/replay", roles=_ROLES, status=202, tags=_TAGS, idempotency="optional")
async def replay_webhooks(call: Call[Services], body: WebhookReplayRequest) -> WebhookReplayQueued:
    """Send events again, under their old ids: by time, by order or return, by type, one event, or all dead letters.

    Events from before the endpoint was created are sent too, as far as they are stored. At most 5,000 at a time.
    """
    await _require_endpoint(call)
    if not body.model_dump(exclude_defaults=True):
        raise Problem("invalid_body", "Name the events to send again.")
    wanted = ReplayFilter(
        since=body.since,
        until=body.until,
        order=await _order_id(call, body.order) if body.order is not None else None,
        return_id=await _return_id(call, body.return_id) if body.return_id is not None else None,
        types=body.types,
        event=body.event,
        dead=body.dead,
    )
    result = await _endpoints(call).replay(call.merchant, call.caller.actor, call.path["endpoint"], wanted)
    if result is None:
        raise Problem("not_found")
    return WebhookReplayQueued(queued=result.queued, more_since=result.newest)


@endpoint("POST", _ONE + "/test", roles=_ROLES, tags=_TAGS, timeout=40.0)
async def ping_webhook_endpoint(call: Call[Services]) -> PingResult:
    """Send one signed `ping` now, also to a paused endpoint; the answer is its outcome. It is not tried again."""
    result = await _endpoints(call).ping(call.merchant, call.path["endpoint"])
    if result is None:
        raise Problem("not_found")
    return result


def _endpoints(call: Call[Services]) -> WebhookEndpointService:
    return call.services.merchants.webhook_endpoints


async def _require_endpoint(call: Call[Services]) -> None:
    """Raises not_found, for unknown and foreign endpoints alike."""
    if not await _endpoints(call).exists(call.merchant, call.path["endpoint"]):
        raise Problem("not_found")


async def _check_url(call: Call[Services], url: str) -> None:
    """Raises url_refused with the reason."""
    reason = await _endpoints(call).rejection_reason(url)
    if reason is not None:
        raise Problem(
            "url_refused",
            "It must be https, public and resolvable; for a laptop, SMOT_WEBHOOK_EGRESS=anywhere.",
            reason=reason,
        )


async def _order_id(call: Call[Services], order: str) -> str:
    """Our id of the order. Raises not_found."""
    found = await call.services.orders.reader.find(call.merchant, order)
    if found is None:
        raise Problem("not_found")
    return found.id


async def _return_id(call: Call[Services], return_id: str) -> str:
    """Our id of the return. Raises not_found."""
    found = await call.services.returns.reader.find(call.merchant, return_id)
    if found is None:
        raise Problem("not_found")
    return found.return_id
