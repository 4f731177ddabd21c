"""Outgoing webhooks over the wire."""

import json
from typing import Annotated, Literal

from pydantic import Field

from api.fields import MerchantId, SentInstant
from api.schemas.orders import PageQuery
from domain.base import Frozen
from domain.clock import Instant
from domain.webhooks.events import EventType
from ports.webhooks import WebhookResponse
from store.tables.all import WebhookEndpointRow
from store.webhooks.deliveries import ClaimedDelivery, Status
from store.webhooks.delivery_log import EndpointBacklog

Url = Annotated[str, Field(min_length=1, max_length=2000)]
Types = Annotated[tuple[EventType, ...], Field(max_length=50)]


class NewWebhookEndpoint(Frozen):
    """Where to tell, and of what: all events when `events` is empty."""

    url: Url
    events: Types = ()


class WebhookEndpointUpdate(Frozen):
    """What is to be otherwise; what is left out stays. `active` begins anew: all that waits is due at once."""

    url: Url | None = None
    events: Types | None = None
    status: Literal["active", "paused"] | None = None


class SecretRotation(Frozen):
    """For how many hours the secret before still signs beside the new one; 0 ends it at once."""

    hours: Annotated[int, Field(ge=0, le=24 * 7)] = 24


class WebhookEndpointView(Frozen):
    """`status`: paused by its merchant or because it only failed (`reason`), disabled when it answered 410.

    `queued`, `dead`: deliveries that wait, the oldest since `oldest`, and such as were given up. All times are real.
    """

    endpoint: str
    url: str
    events: tuple[str, ...]
    status: Literal["active", "paused", "disabled"]
    reason: str
    failures: int
    failing_since: Instant | None
    queued: int
    oldest: Instant | None
    dead: int
    created_at: Instant


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
    """Only deliveries of that status, of that order (yours or our id), or of that type of event."""

    status: Status | None = None
    order: MerchantId | None = None
    type: EventType | None = None


class WebhookDeliveryView(Frozen):
    """An event on its way to an endpoint. `event`: the `webhook-id` of all its tries. All times are real.

    `last_status`: what the receiver answered last, null when it did not; `reason`: what went wrong then.
    """

    event: str
    type: str
    order: str
    subject: str
    seq: int
    status: Status
    attempts: int
    last_status: int | None
    reason: str
    created_at: Instant
    next_attempt_at: Instant | None
    ended_at: Instant | None


class WebhookDeliveryList(Frozen):
    items: tuple[WebhookDeliveryView, ...]
    next: str | None


class WebhookReplayRequest(Frozen):
    """Which events to send again; all that is given must fit, and something must be given.

    `since`, `until`: when we wrote the event, in real time. `order`, `return`: what it is about (yours or our id).
    `dead`: only what was given up.
    """

    since: SentInstant | None = None
    until: SentInstant | None = None
    order: MerchantId | None = None
    return_id: Annotated[MerchantId | None, Field(alias="return")] = None
    types: Types = ()
    event: Annotated[str | None, Field(max_length=64)] = None
    dead: bool = False


class WebhookReplayQueued(Frozen):
    """How many events are queued by it. `more_since`: there are more; ask again with it as `since`."""

    queued: int
    more_since: Instant | None


class PingResult(Frozen):
    """What came of one `ping`. `status`: what the receiver answered, null when it did not; `reason`: why not."""

    event: str
    accepted: bool
    status: int | None
    reason: str


def endpoint_view(row: WebhookEndpointRow, waiting: EndpointBacklog) -> WebhookEndpointView:
    return WebhookEndpointView(
        endpoint=row.id,
        events=tuple(json.loads(row.events)),
        queued=waiting.queued,
        oldest=waiting.oldest,
        dead=waiting.dead,
        **row.model_dump(include={"url", "status", "reason", "failures", "failing_since", "created_at"}),
    )


def delivery_view(claimed: ClaimedDelivery) -> WebhookDeliveryView:
    row, event = claimed.row, claimed.event
    ours = {"status", "attempts", "last_status", "reason", "created_at", "ended_at"}
    return WebhookDeliveryView(
        next_attempt_at=row.not_before if row.status == "queued" else None,
        **event.model_dump(include={"event", "type", "order", "subject", "seq"}),
        **row.model_dump(include=ours),
    )


def ping_result(event: str, answer: WebhookResponse) -> PingResult:
    return PingResult(event=event, accepted=answer.accepted, status=answer.status, reason=answer.reason)
