"""Users of merchants: their names and addresses are sealed, an address is found by its blind index."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Role
from domain.staff.accounts import INVITATION_LIFE, normal_address
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.privacy.encryption import Cipher, DeploymentKeys
from store.tables.all import MerchantRow, UserRow

PREFIX = "usr_"


class UserPerson(NamedTuple):
    """What is sealed of a user."""

    name: str
    email: str


@dataclass(frozen=True)
class UserToCreate:
    """A user who is invited. `creator`: the id of the key or of the user who invites."""

    person: UserPerson
    role: Role
    locale: str
    zone: str
    creator: str


@dataclass(frozen=True)
class UserLink:
    """A user whose one-time link was just made; its text is known only now."""

    row: UserRow
    text: str = field(repr=False)


class Users:
    """The table of users."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys

    async def create(self, merchant: str, new: UserToCreate) -> UserLink | None:
        """A user with an open link; None when the merchant has a user of that address, or does not exist."""
        user, secret = PREFIX + secrets.token_hex(8), secrets.token_urlsafe(32)
        now = real_now()
        row = UserRow(
            id=user,
            merchant=merchant,
            email_hash=self.index(merchant, new.person.email),
            person=self.sealed(merchant, user, new.person),
            role=new.role,
            locale=new.locale,
            zone=new.zone,
            link_hash=hashed(secret),
            link_expires_at=now + INVITATION_LIFE,
            created_by=new.creator,
            created_at=now,
        )
        async with self._db.write() as session:
            if await session.get(MerchantRow, merchant) is None or not await insert_new(session, row):
                return None
        return UserLink(row, f"{user}.{secret}")

    async def find(self, merchant: str, user: str) -> UserRow | None:
        async with self._db.read_one() as session:
            row = await session.get(UserRow, user)
        return row if row is not None and row.merchant == merchant else None

    async def by_address(self, merchant: str, email: str) -> UserRow | None:
        """The user of that address, in any state."""
        same = (UserRow.merchant == merchant, UserRow.email_hash == self.index(merchant, email))
        async with self._db.read_one() as session:
            return (await session.exec(select(UserRow).where(*same))).first()

    async def by_openid(self, merchant: str, openid: str) -> UserRow | None:
        """The user who is linked to that person of the provider, in any state. `openid`: see `openid_index`."""
        same = (col(UserRow.merchant) == merchant, col(UserRow.openid) == openid)
        async with self._db.read_one() as session:
            return (await session.exec(select(UserRow).where(*same))).first()

    async def link_openid(self, merchant: str, user: str, openid: str) -> UserRow | None:
        """Link the user to a person of the provider, once; None for a user who is linked to another one, or is off."""
        async with self._db.write() as session:
            row = await self._locked(session, merchant, user)
            if row is None or not row.active or row.openid not in (None, openid):
                return None
            row.openid = openid
        return row

    async def by_link(self, text: str) -> UserRow | None:
        """Whose open link it is; None for used, expired, replaced and invented ones."""
        user, _, secret = text.partition(".")
        async with self._db.read_one() as session:
            row = await session.get(UserRow, user[:64])
        return row if link_is_open(row, secret) else None

    async def page(self, merchant: str, limit: int, cursor: str | None) -> Page[UserRow]:
        """The merchant's users, the newest first. Raises BadCursor."""
        found = select(UserRow).where(UserRow.merchant == merchant)
        return await newest_first(self._db, found, (col(UserRow.created_at), col(UserRow.id)), limit, cursor)

    async def change(self, merchant: str, user: str, **changes: Any) -> UserRow | None:
        """Write these columns; None for a user whom the merchant does not have. `person` is a UserPerson."""
        person = changes.pop("person", None)
        if person is not None:
            changes["person"] = self.sealed(merchant, user, person)
        async with self._db.write() as session:
            row = await self._locked(session, merchant, user)
            if row is not None:
                for name, value in changes.items():
                    setattr(row, name, value)
        return row

    async def open_link(self, merchant: str, user: str) -> UserLink | None:
        """A new one-time link in place of the one before; None for a user whom the merchant does not have."""
        secret = secrets.token_urlsafe(32)
        row = await self.change(
            merchant, user, link_hash=hashed(secret), link_expires_at=real_now() + INVITATION_LIFE
        )
        return UserLink(row, f"{user}.{secret}") if row else None

    async def use_link(self, text: str, password: str) -> UserRow | None:
        """Set the password's hash by an open link, which ends by it. None for a link that is not open."""
        user, _, secret = text.partition(".")
        async with self._db.write() as session:
            row = await session.get(UserRow, user[:64], with_for_update=True)
            if row is None or not link_is_open(row, secret):
                return None
            row.password, row.link_hash, row.link_expires_at = password, "", None
        return row

    async def take_step(self, merchant: str, user: str, step: int) -> bool:
        """Take a time step of the second factor; False for one that was taken, or is older than one that was."""
        async with self._db.write() as session:
            row = await self._locked(session, merchant, user)
            if row is None or step <= row.totp_used:
                return False
            row.totp_used = step
        return True

    async def take_recovery_code(self, merchant: str, user: str, code_hash: str) -> bool:
        """Take a recovery code, which works once."""
        async with self._db.write() as session:
            row = await self._locked(session, merchant, user)
            left: list[str] = json.loads(row.recovery) if row is not None else []
            if row is None or code_hash not in left:
                return False
            row.recovery = json.dumps([one for one in left if one != code_hash])
        return True

    async def names(self, merchant: str, ids: Collection[str]) -> dict[str, str]:
        """The names of these users of the merchant, by id."""
        wanted = sorted(one for one in ids if one.startswith(PREFIX))
        if not wanted:
            return {}
        found = select(UserRow).where(UserRow.merchant == merchant, col(UserRow.id).in_(wanted))
        async with self._db.read_one() as session:
            return {row.id: self.person(row).name for row in (await session.exec(found)).all()}

    def index(self, merchant: str, email: str) -> str:
        """The blind index of an address."""
        return self._keys.pseudonym("user", merchant, normal_address(email))

    def openid_index(self, merchant: str, issuer: str, subject: str) -> str:
        """The blind index of a person of a provider."""
        return self._keys.pseudonym("openid", merchant, issuer, subject)

    def person(self, row: UserRow) -> UserPerson:
        return UserPerson(*json.loads(self._cipher(row.merchant).decrypt(row.id, row.person)))

    def sealed(self, merchant: str, user: str, person: UserPerson) -> bytes:
        return self._cipher(merchant).encrypt(user, json.dumps(person).encode())

    def seal_totp(self, row: UserRow, secret: bytes) -> bytes:
        return self._keys.cipher("second-factors", row.merchant).encrypt(row.id, secret)

    def open_totp(self, row: UserRow) -> bytes:
        """The secret of the second factor, of a user who has one."""
        assert row.totp is not None
        return self._keys.cipher("second-factors", row.merchant).decrypt(row.id, row.totp)

    def code_hash(self, row: UserRow, code: str) -> str:
        """Of a recovery code, which is too short for a hash without a key."""
        return self._keys.pseudonym("recovery code", row.merchant, row.id, code)

    def _cipher(self, merchant: str) -> Cipher:
        return self._keys.cipher("users", merchant)

    async def _locked(self, session: AsyncSession, merchant: str, user: str) -> UserRow | None:
        row = await session.get(UserRow, user, with_for_update=True)
        return row if row is not None and row.merchant == merchant else None


def hashed(secret: str) -> str:
    """Of a random text: a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_is_open(row: UserRow | None, secret: str, now: datetime | None = None) -> bool:
    """Whether that secret belongs to the user's open link."""
    expected = row.link_hash if row is not None else ""
    same = hmac.compare_digest(expected or "none", hashed(secret))
    if not same or row is None or row.link_expires_at is None or not row.active:
        return False
    return (now or real_now()) < row.link_expires_at
