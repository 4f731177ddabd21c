"""The tables of what payment providers report: their events, only ever added, and the differences from the ledger."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class ProviderEventRow(SQLModel, table=True):
    """One statement of a provider about a refund or a dispute. Rows are only ever inserted.

    key: made of all that is stated, so that the same statement is kept once.
    kind: refund or dispute.
    reference, payment: the provider's ids of the refund or dispute, and of its payment.
    order, leg: ours, where it is about one of ours.
    verdict: what it was taken for: `ours`, `external`, `dispute`, or the kind of the difference that it is.
    at: by the provider's time; received_at: real time.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("merchant", "provider", "key"),
        Index("ix_provider_events_order", "merchant", "order", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    provider: str
    key: str
    kind: str
    reference: str
    payment: str
    order: str = ""
    leg: str = ""
    minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    state: str
    raw_state: str = ""
    reason: str = ""
    bank_reference: str = ""
    respond_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict: str
    delivery: str
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)


class PaymentDifferenceRow(SQLModel, table=True):
    """A difference between a provider's records and the ledger. It stays when it is closed.

    kind: see `domain.payments.differences`.
    reference, payment: the provider's ids; order, leg: ours; each empty where there is none.
    ours, theirs: the amount and state in the ledger and at the provider; empty where one has none.
    about_at: when the leg was opened or, without one, the provider's time of the refund, real time: a list since an earlier
      time has it.
    opened_at, deadline, closed_at: business time. found_at: when it was last found, real time.
    closed_by: who closed it: the name of a key, or `reconcile` when the records agree again.
    """

    __tablename__ = "payment_differences"
    __table_args__ = (Index("ix_payment_differences_list", "merchant", "open", "opened_at", "id"),)

    merchant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    provider: str
    kind: str
    reference: str = ""
    payment: str = ""
    order: str = ""
    leg: str = ""
    ours_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    ours_state: str = ""
    theirs_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    theirs_state: str = ""
    currency: str = ""
    owner: str = "finance"
    open: bool = True
    opened_at: datetime = Field(sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    about_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    found_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str = ""
    note: str = ""
