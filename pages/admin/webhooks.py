"""Webhook endpoints: made, tried, paused, ended; their deliveries, and the dead ones sent again."""

from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from api.http.problems import Problem
from pages.admin.frame import ADMIN, ADMINS, page_of, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.webhooks.endpoint_views import PingResult, WebhookEndpointView
from services.webhooks.endpoints import DeliveryFilter, EndpointChanges, ReplayFilter, Status

_PATH = f"{ADMIN}/webhooks"
_ONE = _PATH + "/{endpoint}"
_OVERLAP = timedelta(days=1)
_STATUSES: tuple[Status, ...] = ("queued", "delivered", "dead")


@staff_page("GET", _PATH, roles=ADMINS)
async def list_endpoints(visit: Visit, user: StaffUser) -> web.Response:
    """All endpoints with the state of their deliveries."""
    return await _endpoints(visit, user)


@staff_page("POST", _PATH, roles=ADMINS)
async def create_endpoint(visit: Visit, user: StaffUser) -> web.Response:
    """A further endpoint for all events; its secret is shown once."""
    url = visit.form.text("url", 2000)
    service = visit.services.merchants.webhook_endpoints
    reason = await service.rejection_reason(url) if url else "empty"
    if reason is not None:
        return await _endpoints(visit, user, url=url, refused=reason)
    created = await service.create(user.merchant, user.actor, url, ())
    if created is None:
        raise Problem("too_many_endpoints")
    return await _endpoints(visit, user, secret=created[1])


@staff_page("GET", _ONE, roles=ADMINS)
async def show_endpoint(visit: Visit, user: StaffUser) -> web.Response:
    """One endpoint and its deliveries, the newest first."""
    return await _endpoint(visit, user)


@staff_page("POST", _ONE + "/ping", roles=ADMINS)
async def ping_endpoint(visit: Visit, user: StaffUser) -> web.Response:
    """Send one signed ping now."""
    service = visit.services.merchants.webhook_endpoints
    return await _endpoint(visit, user, ping=await service.ping(user.merchant, visit.path["endpoint"]))


@staff_page("POST", _ONE + "/rotate", roles=ADMINS)
async def rotate_endpoint_secret(visit: Visit, user: StaffUser) -> web.Response:
    """A new secret; the one before signs beside it for a day."""
    found = await _find(visit, user)
    rotated = await visit.services.merchants.webhook_endpoints.rotate_secret(
        user.merchant, user.actor, found.endpoint, _OVERLAP
    )
    return await _endpoint(visit, user, secret=rotated[0] if rotated else "")


@staff_page("POST", _ONE + "/state", roles=ADMINS)
async def change_endpoint_state(visit: Visit, user: StaffUser) -> web.Response:
    """Pause it, resume it, or send all that was given up again."""
    found, service = await _find(visit, user), visit.services.merchants.webhook_endpoints
    address, action = f"{_PATH}/{found.endpoint}", "endpoint_paused"
    match visit.form.choice("do", ("pause", "resume", "delete")):
        case "pause":
            changes = EndpointChanges(status="paused")
            await service.change(user.merchant, user.actor, found.endpoint, changes)
        case "resume":
            action, changes = "endpoint_resumed", EndpointChanges(status="active")
            await service.change(user.merchant, user.actor, found.endpoint, changes)
        case "delete":
            await service.delete(user.merchant, user.actor, found.endpoint)
            address, action = _PATH, "endpoint_deleted"
        case _:
            raise Problem("invalid_body")
    return redirect_with_message(
        visit, address, FlashMessage(action, what=urlsplit(found.url).hostname or "")
    )


@staff_page("POST", _ONE + "/replay", roles=ADMINS)
async def replay_deliveries(visit: Visit, user: StaffUser) -> web.Response:
    """Send everything that was given up again, or one event, under its old id."""
    found = await _find(visit, user)
    event = visit.form.text("event", 64) or None
    done = await visit.services.merchants.webhook_endpoints.replay(
        user.merchant, user.actor, found.endpoint, ReplayFilter(event=event, dead=event is None)
    )
    return await _endpoint(visit, user, queued=done.queued if done else 0)


async def _endpoints(
    visit: Visit, user: StaffUser, *, url: str = "", refused: str = "", secret: str = ""
) -> web.Response:
    endpoints = await visit.services.merchants.webhook_endpoints.all(user.merchant)
    status = 422 if refused else 200
    return show(
        visit,
        "webhooks",
        "webhooks",
        status=status,
        endpoints=endpoints,
        url=url,
        refused=refused,
        secret=secret,
    )


async def _endpoint(
    visit: Visit,
    user: StaffUser,
    *,
    ping: PingResult | None = None,
    secret: str = "",
    queued: int | None = None,
) -> web.Response:
    found = await _find(visit, user)
    status = next((one for one in _STATUSES if one == visit.query.text("status", 20)), None)
    deliveries = await visit.services.merchants.webhook_endpoints.deliveries(
        user.merchant, found.endpoint, DeliveryFilter(status), page_of(visit)
    )
    return show(
        visit,
        "webhook",
        "webhooks",
        endpoint=found,
        deliveries=deliveries,
        status_shown=status or "",
        ping=ping,
        secret=secret,
        queued=queued,
    )


async def _find(visit: Visit, user: StaffUser) -> WebhookEndpointView:
    found = await visit.services.merchants.webhook_endpoints.find(user.merchant, visit.path["endpoint"])
    if found is None:
        raise Problem("not_found")
    return found
