"""The table of accounts by which we ask carriers ourselves."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class CarrierAccountRow(SQLModel, table=True):
    """A merchant's account at a tracking service. `key`: sealed with the master key. `minute`, `used`: its budget's state.

    `minute` is business time, as are the looks; `refused_at`: since when the service refuses the key.
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
