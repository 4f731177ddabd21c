"""Outgoing webhooks: where a merchant's own systems are told what happens, and what became of each telling."""

import secrets
from datetime import timedelta

from api.asking import actor_of, business_now, page_of
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.services import Services
from api.shapes.webhook_endpoints import (
    DeliveryList,
    DeliveryPage,
    EndpointChange,
    EndpointList,
    EndpointMade,
    EndpointView,
    NewEndpoint,
    NewSecret,
    Pinged,
    ReplayAsk,
    ReplayMade,
    SecretMade,
    delivery_view,
    endpoint_view,
    pinged,
)
from domain.actors import Role
from domain.events import ping
from ports.hooks import HookMessage
from store.columns import real_now
from store.hook_lists import Waiting, Wanted
from store.tables import HookEndpointRow

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
async def make_webhook_endpoint(call: Call[Services], body: NewEndpoint) -> EndpointMade:
    """Have events sent to an address of yours, signed as Standard Webhooks 1.0.0 says, from now on.

    The secret is shown once. The address must be https and public; its names are resolved again for every try.
    """
    await _allowed(call, body.url)
    made = await call.services.hook_endpoints.create(call.merchant, body.url, body.events)
    if made is None:
        raise Problem("too_many_endpoints")
    row, secret = made
    await _note(call, row.id, "webhook_endpoint_made")
    return EndpointMade(secret=secret, **endpoint_view(row, Waiting()).model_dump())


@endpoint("GET", "/v1/webhook-endpoints", roles=_ROLES, tags=_TAGS)
async def list_webhook_endpoints(call: Call[Services]) -> EndpointList:
    """All endpoints, the oldest first, and how their deliveries stand."""
    rows = await call.services.hook_endpoints.all(call.merchant)
    waiting = await call.services.hook_lists.waiting([row.id for row in rows])
    return EndpointList(items=tuple(endpoint_view(row, waiting.get(row.id, Waiting())) for row in rows))


@endpoint("GET", _ONE, roles=_ROLES, tags=_TAGS)
async def get_webhook_endpoint(call: Call[Services]) -> EndpointView:
    """An endpoint, and how its deliveries stand."""
    return await _view(call, await _endpoint(call))


@endpoint("PATCH", _ONE, roles=_ROLES, tags=_TAGS, problems=("url_refused",))
async def change_webhook_endpoint(call: Call[Services], body: EndpointChange) -> EndpointView:
    """Change its address or its events, pause it or let it go on. While it is paused events wait, for 30 days."""
    await _endpoint(call)
    if body.url is not None:
        await _allowed(call, body.url)
    row = await call.services.hook_endpoints.change(
        call.merchant, call.path["endpoint"], url=body.url, events=body.events, status=body.status
    )
    if row is None:
        raise Problem("not_found")
    facts: dict[str, str | int] = {"status": body.status} if body.status else {}
    await _note(call, row.id, "webhook_endpoint_changed", **facts)
    return await _view(call, row)


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS)
async def delete_webhook_endpoint(call: Call[Services]) -> None:
    """Forget it, with all its deliveries."""
    if not await call.services.hook_endpoints.delete(call.merchant, call.path["endpoint"]):
        raise Problem("not_found")
    await _note(call, call.path["endpoint"], "webhook_endpoint_deleted")


@endpoint("POST", _ONE + "/rotate", roles=_ROLES, tags=_TAGS, idempotency="optional")
async def rotate_webhook_secret(call: Call[Services], body: NewSecret | None) -> SecretMade:
    """A new secret, shown once. The one before signs beside it for a day, or for as many `hours` as you say."""
    overlap = timedelta(hours=(body or NewSecret()).hours)
    name = call.path["endpoint"]
    secret = await call.services.hook_endpoints.rotate(call.merchant, name, overlap)
    if secret is None:
        raise Problem("not_found")
    await _note(call, name, "webhook_secret_rotated")
    return SecretMade(secret=secret, old_until=real_now() + overlap)


@endpoint("GET", _ONE + "/deliveries", roles=_ROLES, tags=_TAGS)
async def list_webhook_deliveries(call: Call[Services], query: DeliveryPage) -> DeliveryList:
    """What was sent or will be, the newest events first: with status `dead`, the dead letters."""
    row = await _endpoint(call)
    order = await _order(call, query.order) if query.order is not None else None
    page = await page_of(
        call.services.hook_lists.page(
            row.id, limit=query.limit, cursor=query.cursor, status=query.status, order=order, type=query.type
        )
    )
    return DeliveryList(items=tuple(delivery_view(one) for one in page.items), next=page.next)


@endpoint("POST", _ONE + "/replay", roles=_ROLES, status=202, tags=_TAGS, idempotency="optional")
async def replay_webhooks(call: Call[Services], body: ReplayAsk) -> ReplayMade:
    """Send events again, under their old ids: by time, by order or return, by type, one event, or all dead letters.

    Events from before the endpoint was made are sent too, as far as we have them. At most 5,000 at a time.
    """
    row = await _endpoint(call)
    if not body.model_dump(exclude_defaults=True):
        raise Problem("invalid_body", "Say which events to send again.")
    wanted = Wanted(
        since=body.since,
        until=body.until,
        order=await _order(call, body.order) if body.order is not None else None,
        about=await _return(call, body.return_id) if body.return_id is not None else None,
        types=body.types,
        event=body.event,
        dead=body.dead,
    )
    made = await call.services.hook_lists.replay(row, wanted)
    await _note(call, row.id, "webhooks_replayed", queued=made.queued)
    return ReplayMade(queued=made.queued, more_since=made.newest)


@endpoint("POST", _ONE + "/test", roles=_ROLES, tags=_TAGS, patience=40.0)
async def ping_webhook_endpoint(call: Call[Services]) -> Pinged:
    """Send one signed `ping` now, also to a paused endpoint, and say what came of it. It is not tried again."""
    row = await _endpoint(call)
    target = await call.services.hook_endpoints.target(row.id)
    if target is None:
        raise Problem("not_found")
    event = f"evt_{secrets.token_hex(20)}"
    message = HookMessage(target.url, event, ping(row.id, real_now()), target.secrets)
    return pinged(event, await call.services.hook_sender.send(message))


async def _endpoint(call: Call[Services]) -> HookEndpointRow:
    """The endpoint in the path. Unknown and foreign ones are alike not_found."""
    row = await call.services.hook_endpoints.find(call.merchant, call.path["endpoint"])
    if row is None:
        raise Problem("not_found")
    return row


async def _view(call: Call[Services], row: HookEndpointRow) -> EndpointView:
    waiting = await call.services.hook_lists.waiting([row.id])
    return endpoint_view(row, waiting.get(row.id, Waiting()))


async def _allowed(call: Call[Services], url: str) -> None:
    """Raises url_refused with the reason."""
    objection = await call.services.hook_sender.objection(url)
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


async def _note(call: Call[Services], endpoint_id: str, what: str, **facts: str | int) -> None:
    """Who has changed where a merchant's data go is kept for ever."""
    await call.services.audit.write(
        call.merchant, actor_of(call), what, at=await business_now(call), subject=endpoint_id, facts=facts
    )
