"""The tables of the inbox: webhook calls that we received, and what parked ones wait for."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class InboxRow(QueueRow, table=True):
    """A signed webhook call that we received. Kept once for each delivery id and for each event.

    delivery_id: what the sender calls it; unique for merchant and source.
    body: the raw bytes, encrypted with the master key; empty where they are not kept, or not any more.
    body_hash: SHA-256 of the body, hexadecimal; stays when the body is emptied, as does its size in bytes.
    status: received, parked, done, partly, ignored or dead.
    business_received_at: the merchant's business time when it came.
    parked_at: since when it waits for its order or parcel, real time.
    topic, event_id: of a storefront's call: what it is about, and the event it was sent for.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("merchant", "source", "delivery_id"),
        Index("ix_inbox_work", "status", "merchant", "not_before"),
        Index("ix_inbox_list", "merchant", "status", "id"),
        Index("ix_inbox_event", "merchant", "source", "event_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    source: str
    delivery_id: str
    body_hash: str
    body: bytes
    size: int
    status: str = "received"
    business_received_at: datetime = Field(sa_type=UtcDateTime)
    parked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    topic: str = ""
    event_id: str | None = None


class InboxWaitRow(SQLModel, table=True):
    """What a parked delivery waits for, and may come when it is dead.

    tracking_number: the normalized number of a parcel, or for an order `keys.awaited_order`.
    """

    __tablename__ = "inbox_waits"
    __table_args__ = (Index("ix_inbox_waits_number", "merchant", "tracking_number"),)

    inbox: int = Field(primary_key=True)
    tracking_number: str = Field(primary_key=True)
    merchant: str
