"""The tables of how customers are reached: what they agreed to, by which channels, and how much they were told."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class PreferenceRow(SQLModel, table=True):
    """One choice of a customer; never changed, the last of a channel and topic counts. `at`: business time.

    `source`: how it was made; `role` and `name`: who told us, by the id of their key.
    """

    __tablename__ = "preferences"
    __table_args__ = (Index("ix_preferences_customer", "merchant", "customer", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    customer: str
    channel: str
    topic: str
    allowed: bool
    source: str
    role: str
    name: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)


class PhoneRow(SQLModel, table=True):
    """Whose number that is, to know who answers STOP. `phone`: a pseudonym that only we can compute."""

    __tablename__ = "phones"

    merchant: str = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)


class ChannelRow(SQLModel, table=True):
    """A merchant's own channel. `sealed`: its URL and its secret as JSON, wrapped with the master key."""

    __tablename__ = "channels"

    merchant: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    sealed: bytes
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FrequencyCapRow(SQLModel, table=True):
    """What one customer was told unasked, over all orders: `spent` messages on `day` of theirs, the last of them at `at`."""

    __tablename__ = "frequency_caps"

    merchant: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)
    day: date
    used: int = 0
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
