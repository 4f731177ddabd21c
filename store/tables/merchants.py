"""The tables of those who take part: merchants, their policies and keys, and the keys of persons."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class MerchantRow(SQLModel, table=True):
    """A shop. `clock`: a sandbox merchant's business time, None where time is real. `policy`: the version in force.

    `secrets`: per webhook source the secrets, as JSON, sealed with the master key.
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
    """One published version of a merchant's policy; never changed, since orders rest on it."""

    __tablename__ = "policies"

    merchant: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: str
    published_at: datetime = Field(sa_type=UtcDateTime)


class ApiKeyRow(SQLModel, table=True):
    """A bearer key, of which we keep only the hash. `merchant` is None for the platform's admin."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    hash: str
    merchant: str | None = Field(default=None, index=True)
    role: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PersonKeyRow(SQLModel, table=True):
    """The key of one person at one merchant, wrapped. Erased: `wrapped` and `customer` are None, the id stays."""

    __tablename__ = "person_keys"
    __table_args__ = (UniqueConstraint("merchant", "customer"),)

    id: str = Field(primary_key=True)
    merchant: str
    customer: str | None = None
    wrapped: bytes | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
