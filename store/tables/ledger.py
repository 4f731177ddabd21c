"""The tables of the ledger: entries and their postings, refund legs, and lots of store credit.

Entries and postings are only ever inserted. Amounts are signed minor units: + is a debit, - is a credit.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class LedgerEntry(SQLModel, table=True):
    """A journal entry. Its postings sum to zero in each currency.

    key: unique for the merchant, so that it is posted once.
    at: business time.
    cause: what it is for: the occasion of a refund (return, cancellation …), a leg, or a redemption's reference.
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
    """One side of an entry. `merchant`: as in the entry, repeated so that one index gives a balance."""

    __tablename__ = "ledger_postings"
    __table_args__ = (Index(None, "merchant", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    entry: int = Field(foreign_key="ledger_entries.id", index=True)
    merchant: str
    account: str
    minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str


class LegRow(SQLModel, table=True):
    """A refund leg: one payment out, by one tender.

    provider: who is to pay; empty for store credit and for money that has moved already.
    status: reserved, sent, settled or released; it never goes back.
    created_at, sent_at: real time, since a provider remembers keys for some time of real time.
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
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class CreditLot(SQLModel, table=True):
    """Store credit of one leg: `remaining` of `granted` may be used until `expires_at`. All times are business time."""

    __tablename__ = "credit_lots"
    __table_args__ = (
        UniqueConstraint("merchant", "leg"),
        Index(None, "merchant", "customer"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    customer: str
    order: str
    leg: str
    currency: str
    granted: int = Field(sa_column=Column(BigInteger, nullable=False))
    remaining: int = Field(sa_column=Column(BigInteger, nullable=False))
    granted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
