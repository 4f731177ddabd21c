"""The tables of what comes in and what goes out: each message once, with its retries and its end."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class InboxRow(SQLModel, table=True):
    """One signed delivery as it came, raw. `status`: received, parked, done, ignored or dead.

    `heard_at` is the merchant's business time when it came; all other times are real. `topic` and `event_id` are a
    storefront's: what it is about, and what made it be sent, which counts once in however many deliveries.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("merchant", "source", "delivery_id"),
        Index("ix_inbox_work", "status", "not_before"),
        Index("ix_inbox_event", "merchant", "source", "event_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    source: str
    delivery_id: str
    body_hash: str
    body: bytes
    status: str = "received"
    reason: str = ""
    business_received_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    parked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    topic: str = ""
    event_id: str | None = None


class InboxWaitRow(SQLModel, table=True):
    """A parked delivery waits for a parcel with this tracking number, or for an order: `order/` and the merchant's id."""

    __tablename__ = "inbox_waits"
    __table_args__ = (Index("ix_inbox_waits_number", "merchant", "tracking_number"),)

    inbox: int = Field(primary_key=True)
    tracking_number: str = Field(primary_key=True)
    merchant: str


class OutboxRow(SQLModel, table=True):
    """A notice on its way. `status`: queued, held, sent, dropped or dead. `message_id` is one over all its retries.

    `sending_at`: since then it may have left, which a crash or a lost answer leaves open; `sent_at`: a channel took it;
    `held_until`: it is not sent before. These are business time; `not_before`, `lease_until` and `created_at` real time.
    `sent_as`: the message it is (or may be) part of, by the message id of one of its notices. `channel`: by which it left
    or may have; `bounced`: those that gave it back, parted by commas. `spent_on`: the day of the customer whose budget it
    has a place in.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("merchant", "key"),
        UniqueConstraint("message_id"),
        Index("ix_outbox_work", "status", "not_before"),
        Index("ix_outbox_order", "order", "id"),
        Index("ix_outbox_held", "merchant", "status", "held_until"),
        Index("ix_outbox_sent_as", "merchant", "sent_as"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str
    key: str
    kind: str
    notice: str
    message_id: str
    status: str = "queued"
    reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sending_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer: str
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_as: str = ""
    channel: str = ""
    bounced_channels: str = ""
    cap_day: date | None = None


class MailboxRow(SQLModel, table=True):
    """A kept message. `sealed`: address, subject and text as one Sealed, JSON. `at`: the merchant's business time."""

    __tablename__ = "mailbox"
    __table_args__ = (
        Index("ix_mailbox_order", "merchant", "order"),
        Index("ix_mailbox_customer", "merchant", "customer"),
    )

    message_id: str = Field(primary_key=True)
    merchant: str
    order: str = ""
    customer: str
    sealed: str
    at: datetime = Field(sa_type=UtcDateTime)


class IdempotencyRow(SQLModel, table=True):
    """One use of an idempotency key. `status`: running, done or free. `began_at`: real time of the last take-over."""

    __tablename__ = "idempotency"

    merchant: str = Field(primary_key=True)
    caller: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    status: str = "running"
    http_status: int | None = None
    response: bytes | None = None
    began_at: datetime = Field(sa_type=UtcDateTime)
