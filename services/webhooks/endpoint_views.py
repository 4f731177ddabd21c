"""Webhook endpoints and their deliveries as the API and pages show them."""

import json
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from store.tables.all import WebhookEndpointRow
from store.webhooks.backlogs import Backlog
from store.webhooks.deliveries import ClaimedDelivery, Status

__all__ = [
    "PingResult",
    "Status",
    "WebhookDeliveryView",
    "WebhookEndpointView",
    "delivery_view",
    "endpoint_view",
]


class WebhookEndpointView(Frozen):
    """An address that events are sent to. All times are real."""

    endpoint: str
    """Its id."""
    url: str
    """Where events are sent."""
    events: tuple[str, ...]
    """The types of events; all when empty."""
    status: Literal["active", "paused", "disabled"]
    """`paused` by its merchant or because it only failed, `disabled` because it answered 410."""
    reason: str
    """Why it is paused or disabled."""
    failures: int
    """How many deliveries failed in a row."""
    failing_since: Instant | None
    """Since when all deliveries fail."""
    queued: int
    """How many deliveries wait."""
    oldest: Instant | None
    """Since when the oldest of them waits."""
    dead: int
    """How many deliveries were given up."""
    created_at: Instant
    """When it was set up."""


class WebhookDeliveryView(Frozen):
    """The delivery of an event to an endpoint. All times are real."""

    event: str
    """The `webhook-id` of all its attempts."""
    type: str
    """The type of the event."""
    order: str
    """Our id of the order."""
    subject: str
    """The parcel, return, leg or order that it is about."""
    seq: int
    """The version of the order at that change."""
    status: Status
    """What became of it."""
    attempts: int
    """How often it was tried."""
    last_status: int | None
    """The last HTTP status; null if there was no answer."""
    reason: str
    """What went wrong then."""
    created_at: Instant
    """When the event was written."""
    next_attempt_at: Instant | None
    """When it is tried next; null once it has ended."""
    ended_at: Instant | None
    """When it was accepted or given up."""


class PingResult(Frozen):
    """The outcome of one `ping`."""

    event: str
    """Its `webhook-id`."""
    accepted: bool
    """Whether the answer was 2xx."""
    status: int | None
    """The HTTP status; null if there was no answer."""
    reason: str
    """Why it was not accepted."""


def endpoint_view(row: WebhookEndpointRow, url: str, backlog: Backlog) -> WebhookEndpointView:
    return WebhookEndpointView(
        endpoint=row.id,
        url=url,
        events=tuple(json.loads(row.events)),
        queued=backlog.queued,
        oldest=backlog.oldest,
        dead=backlog.dead,
        **row.model_dump(include={"status", "reason", "failures", "failing_since", "created_at"}),
    )


def delivery_view(delivery: ClaimedDelivery) -> WebhookDeliveryView:
    row, event = delivery.row, delivery.event
    ours = {"status", "attempts", "last_status", "reason", "created_at", "ended_at"}
    return WebhookDeliveryView(
        next_attempt_at=row.not_before if row.status == "queued" else None,
        **event.model_dump(include={"event", "type", "order", "subject", "seq"}),
        **row.model_dump(include=ours),
    )
