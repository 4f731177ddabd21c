"""The tables of the ledger: entries and their postings, the legs they belong to, and lots of store credit.

Entries and postings are only ever inserted. Amounts are signed minor units: + is a debit, - is a credit.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class LedgerEntry(SQLModel, table=True):
    """One movement of money. Its postings sum to zero per currency.

    key: unique per merchant, so that the movement happens once.
    at: business time.
    cause: the occasion (a return, a cancellation …) that it is for.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("merchant", "key"),
        Index(None, "merchant", "order"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str
    key: str
    kind: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    cause: str = ""


class LedgerPosting(SQLModel, table=True):
    """One side of an entry. The entry's `merchant` is repeated here, so that a balance needs one index only."""

    __tablename__ = "ledger_postings"
    __table_args__ = (Index(None, "merchant", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    entry: int = Field(foreign_key="ledger_entries.id", index=True)
    merchant: str
    account: str
    minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str


class LegRow(SQLModel, table=True):
    """One leg.

    provider: the provider that pays; empty for store credit and for money that moved outside this system.
    status: reserved, sent, then settled or released. A settled leg may be reversed; that one is settled again or released.
    reversals: how often it was reversed.
    reference: the provider's id, since it has accepted or paid it.
    created_at, sent_at, last_sent_at: real time, as a provider remembers keys in real time; sent for the first and the last time.
    """

    __tablename__ = "legs"
    __table_args__ = (Index(None, "merchant", "order"), Index("ix_legs_age", "status", "created_at"))

    merchant: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    order: str
    occasion: str
    purpose: str
    tender_id: str
    provider: str = ""
    principal: int = Field(sa_column=Column(BigInteger, nullable=False))
    bonus: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    status: str = Field(index=True)
    reference: str = ""
    decline: str = ""
    reversals: int = 0
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    last_sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class CreditLot(SQLModel, table=True):
    """Store credit from one leg: `remaining` of `granted` can be spent until `expires_at` (business time).

    part: `principal`, which was the customer's own money and never expires; `bonus`, which the merchant gave on top; or
      `adjustment`, by its staff.
    leg: the payment that gave it; of an adjustment, the key of its entry.
    noticed_days: of how many days before its expiry the customer was told last.
    """

    __tablename__ = "credit_lots"
    __table_args__ = (
        UniqueConstraint("merchant", "leg", "part"),
        Index(None, "merchant", "customer"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    customer: str
    order: str
    leg: str
    part: str
    currency: str
    granted: int = Field(sa_column=Column(BigInteger, nullable=False))
    remaining: int = Field(sa_column=Column(BigInteger, nullable=False))
    granted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True, index=True))
    noticed_days: int | None = None
