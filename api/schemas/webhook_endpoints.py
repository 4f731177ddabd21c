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
    """Where events are sent, and which."""

    url: Url
    """An `https` address of the public internet."""
    events: Types = ()
    """The types of events; all when empty."""


class WebhookEndpointUpdate(Frozen):
    """What changes; what is left out stays."""

    url: Url | None = None
    """The new address."""
    events: Types | None = None
    """The new types of events; all when empty."""
    status: Literal["active", "paused"] | None = None
    """`paused` holds deliveries back; `active` also makes all deliveries that wait due at once."""


class SecretRotation(Frozen):
    """How an endpoint's secret is replaced."""

    hours: Annotated[int, Field(ge=0, le=24 * 7)] = 24
    """How long the secret before still signs beside the new one; 0 ends it at once."""


class WebhookEndpointCreated(WebhookEndpointView):
    """The secret in clear: shown now and never again."""

    secret: str
    """The secret in clear (`whsec_…`)."""


class WebhookEndpointList(Frozen):
    """The merchant's webhook endpoints; at most ten, so they are not paged."""

    items: tuple[WebhookEndpointView, ...]
    """The endpoints."""
    next: None = None
    """Always null: all are here."""


class RotatedSecret(Frozen):
    """The new secret in clear, shown only now."""

    secret: str
    """The new secret; it signs from now on."""
    previous_secret_expires_at: Instant
    """Until when the secret before signs too."""


class WebhookDeliveryQuery(PageQuery):
    """Only deliveries of that status, of that order (your id or ours), or of that type of event."""

    status: Status | None = None
    """Only deliveries of that status."""
    order: MerchantId | None = None
    """Only deliveries about that order, by your id or ours."""
    type: EventType | None = None
    """Only events of that type."""


class WebhookDeliveryList(Frozen):
    """A page of deliveries, the newest events first."""

    items: tuple[WebhookDeliveryView, ...]
    """The deliveries of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class WebhookReplayRequest(Frozen):
    """Which events to send again. An event must match all conditions; at least one is needed."""

    since: SentInstant | None = None
    """Not events that were written before, in real time."""
    until: SentInstant | None = None
    """Not events that were written later, in real time."""
    order: MerchantId | None = None
    """Only events about that order, by your id or ours."""
    return_id: Annotated[MerchantId | None, Field(alias="return")] = None
    """Only events about that return, by our id."""
    types: Types = ()
    """Only events of these types."""
    event: Annotated[str | None, Field(max_length=64)] = None
    """Only that event, by its `webhook-id`."""
    dead: bool = False
    """Only deliveries that were given up."""


class WebhookReplayQueued(Frozen):
    """How many events are sent again."""

    queued: int
    """How many events are queued."""
    more_since: Instant | None
    """There are more: repeat the request with it as `since`. Null if these were all."""
