"""The table of merchants' accounts at tracking services, with which we poll carriers."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class CarrierAccountRow(SQLModel, table=True):
    """A merchant's account at a tracking service.

    key: its API key, encrypted with the master key.
    per_minute: how many calls it may make in a minute.
    minute, used: the last minute with a call, business time, and the calls in it.
    refused_at: since when the service refuses the key.
    """

    __tablename__ = "carrier_accounts"

    merchant: str = Field(primary_key=True)
    source: str
    base: str
    key: bytes
    per_minute: int
    minute: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used: int = 0
    refused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
