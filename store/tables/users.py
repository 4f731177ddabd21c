"""The tables of merchants' users and of their sessions."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class UserRow(SQLModel, table=True):
    """A person who works for a merchant.

    email_hash: a blind index of the e-mail address.
    person: name and e-mail address, sealed.
    password: its argon2 hash; empty until the invitation is accepted.
    link_hash: of the secret in the one-time link that is open; empty for none.
    totp: the secret of the second factor, sealed; None for none. It counts from `totp_since` on.
    totp_used: the time step of the last code, which is not taken twice.
    recovery: hashes of the recovery codes that are left, as JSON.
    openid: a blind index of issuer and subject at the merchant's OpenID provider; None until the first sign-in there.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("merchant", "email_hash"),
        UniqueConstraint("merchant", "openid"),
        Index("ix_users_list", "merchant", "created_at", "id"),
    )

    id: str = Field(primary_key=True)
    merchant: str
    email_hash: str
    person: bytes
    role: str
    locale: str = "en"
    zone: str = "UTC"
    active: bool = True
    password: str = ""
    link_hash: str = ""
    link_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp: bytes | None = None
    totp_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_used: int = 0
    recovery: str = "[]"
    openid: str | None = None
    created_by: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserSessionRow(SQLModel, table=True):
    """A session of a user. Only the hash of its token is kept. Real times.

    level: `password` until the code of the second factor was given, then another session with `full`.
    device: the kind of browser and system, from a fixed list.
    used_at: to the minute.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user", "merchant", "user", "created_at", "id"),)

    id: str = Field(primary_key=True)
    hash: str
    merchant: str
    user: str
    level: str
    device: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
