"""The tables of the figures: facts, and their sums a day. They hold no personal data."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime

NOT_ADDED = text("batch = 0")
"""That a fact is in no sum yet. As a text, so that databases see that the index of such facts answers it."""


class FigureFactRow(SQLModel, table=True):
    """A fact, or one that is taken back; see `domain.figures.fact`. Rows are only added.

    key: unique for the merchant. at: business time of the change.
    batch: with which it was added to the sums, counted from 1 for each merchant; 0 before.
    """

    __tablename__ = "figure_facts"
    __table_args__ = (
        UniqueConstraint("merchant", "key"),
        Index("ix_figure_facts_batch", "merchant", "batch", "id"),
        Index("ix_figure_facts_order", "merchant", "order"),
        Index(
            "ix_figure_facts_pending", "merchant", "id", sqlite_where=NOT_ADDED, postgresql_where=NOT_ADDED
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    order: str
    key: str
    kind: str
    subject: str
    at: datetime = Field(sa_type=UtcDateTime)
    day: date
    carrier: str
    country: str
    sku: str
    reason: str
    currency: str
    bucket: int
    times: int
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch: int = 0


class FigureSumRow(SQLModel, table=True):
    """The sums of one day, of all facts that are alike. What is asked for is read from here, never from the facts."""

    __tablename__ = "figure_sums"

    merchant: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    carrier: str = Field(primary_key=True)
    country: str = Field(primary_key=True)
    sku: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    bucket: int = Field(primary_key=True)
    times: int
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
