"""The table of merchants' own stock and fulfilment systems."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class ShopSystemRow(SQLModel, table=True):
    """A merchant's own systems. sealed: their address and the secret that signs calls, as JSON, encrypted with the master key."""

    __tablename__ = "shop_systems"

    merchant: str = Field(primary_key=True)
    sealed: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
