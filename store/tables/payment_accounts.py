"""The table of merchants' accounts at payment providers."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class PaymentAccountRow(SQLModel, table=True):
    """A merchant's account at a payment provider.

    base: an address to use instead of the provider's own.
    account: the merchant's own name there.
    keys: by name as JSON, encrypted with the master key.
    key_names: which keys there are, separated by commas.
    refused_at: since when the provider refuses the keys, real time.
    """

    __tablename__ = "payment_accounts"

    merchant: str = Field(primary_key=True)
    provider: str = Field(primary_key=True)
    base: str = ""
    account: str = ""
    keys: bytes
    key_names: str
    refused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
