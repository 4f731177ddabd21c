"""The tables of sign-in by OpenID Connect."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class OpenIdProviderRow(SQLModel, table=True):
    """Where the staff of a merchant sign in.

    sealed: issuer, client id and client secret, as JSON, encrypted with the master key.
    label: what the button names.
    domains: of addresses that may come in, as JSON; none for any.
    new_users: the role that unknown people get; empty where they are refused.
    password_user: the one user who may still sign in with a password; empty where all may.
    """

    __tablename__ = "openid_providers"

    merchant: str = Field(primary_key=True)
    sealed: bytes
    label: str
    domains: str = "[]"
    new_users: str = ""
    password_user: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)


class OpenIdAttemptRow(SQLModel, table=True):
    """A browser that is at the provider.

    id: a hash of its `state`.
    sealed: what it needs when it is back, with the form that was typed.
    """

    __tablename__ = "openid_attempts"

    id: str = Field(primary_key=True)
    merchant: str
    sealed: bytes
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
