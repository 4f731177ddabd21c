"""Bodies and queries of the routes of webhook endpoints."""

from typing import Annotated, Literal

from pydantic import Field

from api.http.fields import MerchantId, SentInstant
from api.schemas.orders import PageQuery
from domain.base import Frozen
from domain.clock import Instant
from domain.webhooks.events import EventType
from services.webhooks.endpoint_views import Status, WebhookDeliveryView, WebhookEndpointView

Url = Annotated[str, Field(min_length=1, max_length=2000)]
Types = Annotated[tuple[EventType, ...], Field(max_length=50)]


class NewWebhookEndpoint(Frozen):
    """Where to send events, and which: all when `events` is empty."""

    url: Url
    events: Types = ()


class WebhookEndpointUpdate(Frozen):
    """What changes; what is left out stays. `active` also makes all deliveries that wait due at once."""

    url: Url | None = None
    events: Types | None = None
    status: Literal["active", "paused"] | None = None


class SecretRotation(Frozen):
    """For how many hours the secret before still signs beside the new one; 0 ends it at once."""

    hours: Annotated[int, Field(ge=0, le=24 * 7)] = 24


class WebhookEndpointCreated(WebhookEndpointView):
    """The secret in clear: shown now and never again."""

    secret: str


class WebhookEndpointList(Frozen):
    items: tuple[WebhookEndpointView, ...]


class RotatedSecret(Frozen):
    """The new secret in clear, shown only now. It signs from now on; the secret before it until `previous_secret_expires_at`."""

    secret: str
    previous_secret_expires_at: Instant


class WebhookDeliveryQuery(PageQuery):
    """Only deliveries of that status, of that order (your id or ours), or of that type of event."""

    status: Status | None = None
    order: MerchantId | None = None
    type: EventType | None = None


class WebhookDeliveryList(Frozen):
    items: tuple[WebhookDeliveryView, ...]
    next: str | None


class WebhookReplayRequest(Frozen):
    """Which events to send again. An event must match all conditions; at least one is needed.

    `since`, `until`: when the event was written, in real time. `order`, `return`: what it is about (your id or ours).
    `dead`: only deliveries that were given up.
    """

    since: SentInstant | None = None
    until: SentInstant | None = None
    order: MerchantId | None = None
    return_id: Annotated[MerchantId | None, Field(alias="return")] = None
    types: Types = ()
    event: Annotated[str | None, Field(max_length=64)] = None
    dead: bool = False


class WebhookReplayQueued(Frozen):
    """How many events are queued. `more_since`: there are more; repeat the request with it as `since`."""

    queued: int
    more_since: Instant | None
