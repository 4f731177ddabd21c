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
    """`status`: paused by its merchant or because it only failed (`reason`), disabled because it answered 410.

    `queued`, `dead`: deliveries that wait, the oldest since `oldest`, and dead ones. All times are real.
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


class WebhookDeliveryView(Frozen):
    """The delivery of an event to an endpoint. `event`: the `webhook-id` of all its attempts. All times are real.

    `last_status`: the last HTTP status, null if there was no answer; `reason`: what went wrong then.
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


class PingResult(Frozen):
    """The outcome of one `ping`. `status`: the HTTP status, null if there was no answer; `reason`: why not."""

    event: str
    accepted: bool
    status: int | None
    reason: str


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
