"""The tables of orders: what was placed, how it stands, and what is looked up by something else than the order.

`order` is always our id (`ord_…`), `order_id` the merchant's. A snapshot is the truth; the rest is read off it.
"""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class OrderRow(SQLModel, table=True):
    """An order as placed (`body`: domain Order as JSON, customer sealed) and the journey's summary of it.

    `intent`: placed, then started once its journey runs. `under_way`: payments sent or about to be. `created_at`: real time.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("merchant", "order_id"),
        Index("ix_orders_list", "merchant", "created_at", "id"),
        Index("ix_orders_due", "merchant", "next_deadline"),
        Index("ix_orders_intent", "intent", "created_at"),
        Index("ix_orders_stage", "stage"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    order_id: str
    body_hash: str
    body: str
    customer: str
    policy: int
    intent: str = "placed"
    stage: str = "placed"
    delivered: str = "none"
    placed_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_deadline: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_owner: str = ""
    next_reason: str = ""
    payments_pending: int = 0
    off_days: str = "[]"


class PaymentRow(SQLModel, table=True):
    """A provider's payment and the one order that was paid with it: money cannot be claimed back twice."""

    __tablename__ = "payments"

    merchant: str = Field(primary_key=True)
    payment: str = Field(primary_key=True)
    order: str


class SnapshotRow(SQLModel, table=True):
    """The state of an order's journey. `as_of`: the business time of the commit; `hash`: of what the state says."""

    __tablename__ = "snapshots"

    order: str = Field(primary_key=True)
    merchant: str = Field(index=True)
    seq: int
    state: str
    hash: str
    as_of: datetime = Field(sa_type=UtcDateTime)


class ReturnRow(SQLModel, table=True):
    """A return, to be found by its id, number or code, with its two axes and their sum."""

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("merchant", "code_hash"),
        Index("ix_returns_list", "merchant", "opened_at", "id"),
        Index("ix_returns_order", "order"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    order: str
    number: str
    code_hash: str | None = None
    status: str
    goods: str
    money: str
    opened_at: datetime = Field(sa_type=UtcDateTime)


class ParcelRow(SQLModel, table=True):
    """Which order a tracking number belongs to. `registered_at` is business time."""

    __tablename__ = "parcels"
    __table_args__ = (Index("ix_parcels_number", "merchant", "tracking_number"),)

    order: str = Field(primary_key=True)
    parcel: str = Field(primary_key=True)
    merchant: str
    tracking_number: str
    carrier: str
    shipped_on: date | None = None
    registered_at: datetime = Field(sa_type=UtcDateTime)


class AttentionRow(SQLModel, table=True):
    """An open question of an order: who is asked until when, and what happens if nobody answers."""

    __tablename__ = "attention"
    __table_args__ = (Index("ix_attention_list", "merchant", "deadline", "order", "id"),)

    order: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    merchant: str
    kind: str
    subject: str
    owner: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    default: str


class AuditRow(SQLModel, table=True):
    """Who did what, when (`at`: business time), on which facts (JSON). `order` is empty for what concerns no order."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_order", "merchant", "order", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
    role: str
    name: str
    action: str
    subject: str = ""
    details: str = "{}"
