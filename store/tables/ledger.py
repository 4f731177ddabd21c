"""The tables of the books: entries and their postings, the legs they belong to, and lots of store credit.

Entries and postings are only ever inserted. Amounts are signed minor units: + is a debit, - is a credit.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class LedgerEntry(SQLModel, table=True):
    """One step of money: its postings sum to zero per currency. `key` makes it happen once per merchant.

    `at`: business time. `cause`: the occasion (return, cancellation …) that earned it.
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
    """One side of an entry. `merchant` is the entry's, repeated so that a balance is one look into one index."""

    __tablename__ = "ledger_postings"
    __table_args__ = (Index(None, "merchant", "account"),)

    id: int | None = Field(default=None, primary_key=True)
    entry: int = Field(foreign_key="ledger_entries.id", index=True)
    merchant: str
    account: str
    minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str


class LegRow(SQLModel, table=True):
    """How a leg stands. `sent_at` and `created_at` are real time: how long a provider remembers a key is not business time.

    `status`: reserved, sent, settled or released, and never back. `provider` is empty for credit.
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
    """Store credit of one origin: `remaining` of `granted` may be used until `expires_at` (business time)."""

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
