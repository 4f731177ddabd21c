"""The tables of messages: the inbox of webhook calls, the outbox of notices, kept mails, and answers under keys."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class InboxRow(QueueRow, table=True):
    """A signed webhook call that we received, raw. Kept once for each delivery id and for each event.

    delivery_id: what the sender calls it; unique for merchant and source.
    body_hash: SHA-256 of the body, hexadecimal; stays when the body is emptied.
    status: received, parked, done, ignored or dead.
    business_received_at: the merchant's business time when it came.
    parked_at: since when it waits for its order or parcel, real time.
    topic, event_id: of a storefront's call: what it is about, and the event it was sent for.
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
    business_received_at: datetime = Field(sa_type=UtcDateTime)
    parked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    topic: str = ""
    event_id: str | None = None


class InboxWaitRow(SQLModel, table=True):
    """What a parked delivery waits for. `tracking_number`: of a parcel, or for an order `keys.awaited_order`."""

    __tablename__ = "inbox_waits"
    __table_args__ = (Index("ix_inbox_waits_number", "merchant", "tracking_number"),)

    inbox: int = Field(primary_key=True)
    tracking_number: str = Field(primary_key=True)
    merchant: str


class OutboxRow(QueueRow, table=True):
    """A notice to a customer that is to be sent. `sending_at`, `sent_at` and `held_until` are business time.

    key: the notice's key; unique for the merchant, so that it is written once.
    notice: domain Notice as JSON.
    message_id: the same in all attempts.
    status: queued, held, sent, dropped or dead.
    customer: our `cus_…`.
    channel: by which it left or may have left.
    bounced_channels: those that gave it back, separated by commas.
    sending_at: since when it may have left; a crash or a lost answer leaves that open.
    sent_at: when a channel took it.
    held_until: it is not sent before.
    sent_as: the message it is or may be part of: the message id of one of that message's notices.
    cap_day: the customer's day in whose frequency cap it has a slot.
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
    customer: str
    channel: str = ""
    bounced_channels: str = ""
    sending_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_as: str = ""
    cap_day: date | None = None


class MailboxRow(SQLModel, table=True):
    """A message kept for agents to read.

    order: our id; empty for a message about no order.
    sealed: address, subject and text as one Sealed, as JSON.
    at: the merchant's business time.
    """

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
    """One use of an idempotency key.

    caller: whose key it is; the same key of two callers is two rows.
    route: method and path template.
    body_hash: a pseudonym of the request body's hash.
    status: running, done or free.
    response: the answer's body as JSON, encrypted with the master key.
    began_at: when a request last took the key, real time.
    """

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
