"""The tables of merchants, their policies and API keys, and of persons' encryption keys."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class MerchantRow(SQLModel, table=True):
    """A merchant: a shop.

    clock: a sandbox merchant's business time; None when its time is real.
    policy: the version in force.
    secrets: for each webhook source its signing secrets, as JSON, encrypted with the master key.
    """

    __tablename__ = "merchants"

    id: str = Field(primary_key=True)
    name: str
    sandbox: bool
    clock: datetime | None = Field(default=None, sa_type=UtcDateTime)
    policy: int = 1
    secrets: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)


class PolicyRow(SQLModel, table=True):
    """One published version of a merchant's policy. It is never changed: the terms of orders come from it."""

    __tablename__ = "policies"

    merchant: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: str
    published_at: datetime = Field(sa_type=UtcDateTime)


class ApiKeyRow(SQLModel, table=True):
    """An API key. Only its hash is kept. `merchant`: None for the platform's admin."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    hash: str
    merchant: str | None = Field(default=None, index=True)
    role: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AllowedOriginRow(SQLModel, table=True):
    """An origin (`https://shop.example`) whose pages may call the API with links of the merchant's customers."""

    __tablename__ = "allowed_origins"

    merchant: str = Field(primary_key=True)
    origin: str = Field(primary_key=True, index=True)


class PersonKeyRow(SQLModel, table=True):
    """The encryption key of one person at one merchant. Erased: `wrapped` and `customer` are None, the id stays.

    wrapped: the key, encrypted with the master key.
    """

    __tablename__ = "person_keys"
    __table_args__ = (UniqueConstraint("merchant", "customer"),)

    id: str = Field(primary_key=True)
    merchant: str
    customer: str | None = None
    wrapped: bytes | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
