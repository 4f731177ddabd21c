"""The tables of orders: what was placed, and the journey's snapshot, from which all else about an order is derived.

In all tables `order` is our id (`ord_…`), `order_id` the merchant's.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class OrderRow(SQLModel, table=True):
    """An order as placed, and a summary of its journey.

    body_hash: of the request; the same order id with another hash is a conflict.
    sent_parts: a fingerprint of each part of the request, as JSON, so that a conflict can say which parts differ.
    body: domain Order as JSON, the customer's data sealed.
    extension: all that was added to the order since it was placed, as JSON (OrderExtended); empty where nothing was.
    customer: our `cus_…`.
    policy, off_days: what its terms and promise were computed with: the policy's version, and the carrier's holidays as JSON.
    intent: placed; started when its journey runs.
    stage, delivered, next_*: from the journey's state at its last commit.
    created_at: real time.
    links_epoch: how often the links of its customer were revoked; a link of an earlier epoch opens nothing.
    payments_pending: legs that are sent to a provider or about to be.
    unpaid_since: since when a leg is due and no provider has answered, real time; null while there is none.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("merchant", "order_id"),
        Index("ix_orders_list", "merchant", "created_at", "id"),
        Index("ix_orders_placed", "merchant", "placed_at", "id"),
        Index("ix_orders_by_stage", "merchant", "stage", "created_at", "id"),
        Index("ix_orders_by_customer", "merchant", "customer", "created_at", "id"),
        Index("ix_orders_due", "merchant", "next_deadline"),
        Index("ix_orders_intent", "intent", "created_at"),
        Index("ix_orders_stage", "stage"),
        Index("ix_orders_unpaid", "unpaid_since"),
        Index("ix_orders_policy", "merchant", "policy", "created_at", "id"),
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
    unpaid_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    off_days: str = "[]"
    links_epoch: int = 0
    extension: str = ""
    sent_parts: str = ""


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
    derivation: the version of the code that derived the rows beside the order's own, see `derived_rows`.
    """

    __tablename__ = "snapshots"

    order: str = Field(primary_key=True)
    merchant: str = Field(index=True)
    seq: int
    state: str
    hash: str
    as_of: datetime = Field(sa_type=UtcDateTime)
    derivation: int
