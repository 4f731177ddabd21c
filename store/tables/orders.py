"""The tables of orders: what was placed, the journey's snapshot, and indexes of what is in it.

`order` is our id (`ord_…`), `order_id` the merchant's. The snapshot is the truth; the other tables are derived from it.
"""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class OrderRow(SQLModel, table=True):
    """An order as placed, and a summary of its journey.

    body_hash: of the request; the same order id with another hash is a conflict.
    body: domain Order as JSON, the customer's data sealed.
    customer: our `cus_…`.
    policy, off_days: what its terms and promise were computed with: the policy's version, and the carrier's holidays as JSON.
    intent: placed; started when its journey runs.
    stage, delivered, next_*: from the journey's state at its last commit.
    created_at: real time.
    payments_pending: legs that are sent to a provider or about to be.
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
    """A provider's payment and the one order that it paid. So two orders cannot refund the same payment."""

    __tablename__ = "payments"

    merchant: str = Field(primary_key=True)
    payment: str = Field(primary_key=True)
    order: str


class SnapshotRow(SQLModel, table=True):
    """The state of an order's journey.

    seq: the number of the commit that wrote it.
    state: domain JourneyState as JSON.
    hash: of the state without what only says how it is read.
    as_of: the business time of the commit.
    """

    __tablename__ = "snapshots"

    order: str = Field(primary_key=True)
    merchant: str = Field(index=True)
    seq: int
    state: str
    hash: str
    as_of: datetime = Field(sa_type=UtcDateTime)


class ReturnRow(SQLModel, table=True):
    """A return, to find its order by its id, number or code.

    goods, money: how far its goods and its refund are.
    status: both summed up for people.
    """

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
    """A parcel, to find its order by its tracking number. `registered_at`: business time."""

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
    """An open question about an order. All times are business time.

    owner: who has to answer.
    deadline: when the default is taken.
    default: the answer that is taken then.
    """

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
    """One line of the audit log.

    order: our id; empty when the line concerns no order.
    at: business time.
    written_at: real time.
    role, name: who did it; the name is the id of an API key, never a person's name.
    details: as JSON, without personal data.
    """

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
