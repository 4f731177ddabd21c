"""The tables of what persons demand of their data, and of what was deleted by age."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime
from store.engine.queue import QueueRow


class PrivacyRequestRow(QueueRow, table=True):
    """A person's demand to get their data or to have them erased, or that of a shop that is gone.

    kind: access or erasure. scope: person, or shop: all its customers.
    source: api, page, command, shopify.
    status: open, running, done or refused; `not_before` and what follows are of the work on a running one.
    sealed: by what the person is found, as one Sealed, as JSON; its key is the request's own and ends with it.
    orders, open_orders: how many were found when it was made.
    progress: the number of the last delivery that was searched.
    received_at, due_at, ended_at: business time.
    role, name: who made it; ended_role, ended_name: who decided. The name is the id of a key.
    note: why it was decided so, sealed for the merchant's staff.
    result: what was erased, by kind, as JSON.
    """

    __tablename__ = "privacy_requests"
    __table_args__ = (
        Index("ix_privacy_requests_list", "merchant", "created_at", "id"),
        Index("ix_privacy_requests_work", "status", "not_before"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    kind: str
    scope: str
    source: str
    sealed: str
    orders: int = 0
    open_orders: int = 0
    progress: int = 0
    received_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    role: str
    name: str
    ended_role: str = ""
    ended_name: str = ""
    note: str = ""
    result: str = "{}"


class RetentionRunRow(SQLModel, table=True):
    """The last nightly run over the data of a merchant.

    ran_at: real time. deleted: how much of each kind it deleted, as JSON.
    """

    __tablename__ = "retention_runs"

    merchant: str = Field(primary_key=True)
    ran_at: datetime = Field(sa_type=UtcDateTime)
    deleted: str = "{}"
