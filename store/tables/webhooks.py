"""The tables of outgoing webhooks: endpoints, events and deliveries. All times are real."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class WebhookEndpointRow(SQLModel, table=True):
    """A merchant's URL that receives events.

    url: encrypted with the master key, because it may hold a token.
    events: the types that it wants, as JSON; all when empty.
    secrets: a JSON list of secrets, each with the time until which it signs; encrypted with the master key.
    status: active, paused or disabled.
    failures: failed attempts in a row, since `failing_since`.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_list", "merchant", "created_at"),)

    id: str = Field(primary_key=True)
    merchant: str
    url: bytes
    events: str = "[]"
    secrets: bytes
    status: str = "active"
    reason: str = ""
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class WebhookEventRow(SQLModel, table=True):
    """Something that happened to an order.

    event: its id for receivers.
    order: our id.
    seq: the snapshot's number after it.
    body: the text that is sent, byte for byte.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("event"),
        Index("ix_webhook_events_list", "merchant", "created_at"),
        Index("ix_webhook_events_order", "merchant", "order"),
    )

    id: int | None = Field(default=None, primary_key=True)
    event: str
    merchant: str
    order: str
    subject: str
    type: str
    seq: int
    body: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class WebhookDeliveryRow(QueueRow, table=True):
    """An event that is to be delivered to an endpoint.

    event: the number of its row.
    order: our id; empty for an event that concerns no order.
    status: queued, delivered or dead.
    last_status: the HTTP status of the receiver's last answer; None when it did not answer.
    ended_at: when it was delivered or became dead, real time.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_work", "endpoint", "status", "not_before"),
        Index("ix_webhook_deliveries_order", "endpoint", "order", "status", "event"),
        Index("ix_webhook_deliveries_event", "event"),
        Index("ix_webhook_deliveries_age", "status", "created_at"),
    )

    endpoint: str = Field(primary_key=True)
    event: int = Field(primary_key=True)
    merchant: str
    order: str
    last_status: int | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
