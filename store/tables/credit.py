"""The tables of spent store credit: redemptions, and the lots that each was taken from."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class RedemptionRow(SQLModel, table=True):
    """Store credit that a customer spends, or that is held for a checkout, under one reference of the shop.

    status: `authorized`, then `captured`, `voided` or `expired`, and never back.
    authorized, captured, refunded: minor units; what was authorized and not captured is the customer's again.
    at: business time at which it was taken from the customer's lots.
    expires_at: business time at which an authorization ends by itself; null for what was captured at once.
    """

    __tablename__ = "credit_redemptions"
    __table_args__ = (
        Index(None, "merchant", "customer"),
        Index("ix_credit_redemptions_end", "status", "expires_at"),
    )

    merchant: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    customer: str
    currency: str
    status: str
    authorized: int = Field(sa_column=Column(BigInteger, nullable=False))
    captured: int = Field(sa_column=Column(BigInteger, nullable=False))
    refunded: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class RedemptionPart(SQLModel, table=True):
    """What a redemption has from one lot: `minor` falls when a part of it is the customer's again."""

    __tablename__ = "credit_redemption_parts"

    merchant: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    lot: int = Field(primary_key=True, foreign_key="credit_lots.id")
    minor: int = Field(sa_column=Column(BigInteger, nullable=False))
