"""The tables of merchants, their policies and API keys, and of persons' encryption keys."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class MerchantRow(SQLModel, table=True):
    """A merchant: a shop.

    clock: a sandbox merchant's business time; None when its time is real.
    policy: the version in force.
    paused_at: since when it is paused, real time; letters: what becomes of its letters meanwhile, send or hold.
    secrets: for each webhook source its signing secrets, as JSON, encrypted with the master key.
    """

    __tablename__ = "merchants"

    id: str = Field(primary_key=True)
    name: str
    sandbox: bool
    clock: datetime | None = Field(default=None, sa_type=UtcDateTime)
    policy: int = 1
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    letters: str = "send"
    secrets: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)


class PolicyRow(SQLModel, table=True):
    """One published version of a merchant's policy. It is never changed: the terms of orders come from it.

    document: domain Policy as JSON.
    text: as the merchant wrote it, with comments.
    hash: equal for versions that mean the same.
    role, name: who published it; the name is the id of an API key.
    restores: the version that a rollback published again.
    """

    __tablename__ = "policies"

    merchant: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: str
    text: str
    hash: str
    role: str
    name: str
    restores: int | None = None
    published_at: datetime = Field(sa_type=UtcDateTime)


class ApiKeyRow(SQLModel, table=True):
    """An API key. Only its hash is kept.

    merchant: None for the platform's admin.
    name: for people, sealed; empty for none.
    created_by: the id of a key, or what created it instead.
    last_used_at: to the hour.
    replaced_by: the key that a rotation made in its place.
    """

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_list", "merchant", "created_at", "id"),)

    id: str = Field(primary_key=True)
    hash: str
    merchant: str | None = None
    role: str
    name: bytes = b""
    created_by: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaced_by: str | None = None
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
