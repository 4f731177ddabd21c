"""API keys: shown once, kept as a hash, with a role and a name; they are replaced, they expire, they are revoked."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Role
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.engine.paging import Page, newest_first
from store.merchants.key_text import key_id_of, new_key_text
from store.privacy.encryption import Cipher, DeploymentKeys
from store.tables.all import ApiKeyRow, MerchantRow

_KEY = select_columns(
    col(ApiKeyRow.hash),
    col(ApiKeyRow.merchant),
    col(ApiKeyRow.role),
    col(ApiKeyRow.revoked_at),
    col(ApiKeyRow.expires_at),
).where(col(ApiKeyRow.id) == bindparam("id"))
CACHE_TTL = 1.0  # seconds; a key that another process revokes works at most so much longer
_MAX_CACHED = 4096
USE_PRECISION = timedelta(hours=1)  # of `last_used_at`: a write for each use would cost more than it tells


@dataclass(frozen=True)
class Holder:
    """Whose key it is. `key_id`: for the audit log; `merchant`: None for the platform's admin."""

    key_id: str
    merchant: str | None
    role: Role


@dataclass(frozen=True)
class KeyToCreate:
    """A key that is wanted.

    name: for people, as `Maria` or `warehouse Leeds`. It is sealed: it may be a person's.
    creator: the id of the key that creates it, or what does so instead.
    """

    role: Role
    name: str = ""
    creator: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class CreatedKey:
    """A key that was just made. Its text is known only now."""

    row: ApiKeyRow
    text: str = field(repr=False)


class KeyNameSeal:
    """Seals the names of keys, each merchant's with a key of its own."""

    def __init__(self, keys: DeploymentKeys) -> None:
        self._keys = keys

    def seal(self, merchant: str | None, key_id: str, name: str) -> bytes:
        """An empty name stays empty."""
        return self._cipher(merchant).encrypt(key_id, name.encode()) if name else b""

    def open(self, row: ApiKeyRow) -> str:
        """The name; empty for none."""
        return self._cipher(row.merchant).decrypt(row.id, row.name).decode() if row.name else ""

    def _cipher(self, merchant: str | None) -> Cipher:
        return self._keys.cipher("key-names", merchant or "")


def make_key(names: KeyNameSeal, merchant: str | None, sandbox: bool, new: KeyToCreate) -> CreatedKey:
    """A new key, not yet in the table. It has more than 255 random bits, so that a fast hash is enough."""
    key_id, text = new_key_text(merchant, sandbox)
    row = ApiKeyRow(
        id=key_id,
        hash=_hashed(text),
        merchant=merchant,
        role=new.role,
        name=names.seal(merchant, key_id, new.name),
        created_by=new.creator,
        created_at=real_now(),
        expires_at=new.expires_at,
    )
    return CreatedKey(row=row, text=text)


class ApiKeys:
    """The table of API keys. `keys`: the deployment's, which seals names; `now`: seconds of a monotonic clock."""

    def __init__(self, db: Database, keys: DeploymentKeys, now: Callable[[], float] = monotonic) -> None:
        self._db = db
        self._names = KeyNameSeal(keys)
        self._now = now
        # By the key's hash, with the time until which it holds.
        self._cache: dict[str, tuple[Holder, float]] = {}
        self._used: dict[str, datetime] = {}

    async def create(self, merchant: str | None, new: KeyToCreate) -> CreatedKey | None:
        """A new key, whose text is not kept; None for an unknown merchant."""
        while True:
            async with self._db.write() as session:
                owner = await session.get(MerchantRow, merchant) if merchant is not None else None
                if merchant is not None and owner is None:
                    return None
                made = make_key(self._names, merchant, owner is not None and owner.sandbox, new)
                if await insert_new(session, made.row):
                    return made

    async def authenticate(self, bearer: str) -> Holder | None:
        """The holder; None for unknown, malformed, expired and revoked keys alike.

        A valid key is cached for CACHE_TTL; others are looked up each time.
        """
        hashed = _hashed(bearer)
        cached = self._cache.get(hashed)
        if cached is not None and self._now() < cached[1]:
            return cached[0]
        key_id = key_id_of(bearer)
        if key_id is None:
            return None
        row = await self._db.fetch_row(_KEY, id=key_id)
        same = hmac.compare_digest(row.hash if row else "", hashed)
        now = real_now()
        if row is None or not same or row.revoked_at is not None or _expired(row.expires_at, now):
            self._cache.pop(hashed, None)
            return None
        holder = Holder(key_id=key_id, merchant=row.merchant, role=Role(row.role))
        self._remember(hashed, holder)
        self._used[key_id] = now
        return holder

    def _remember(self, hashed: str, holder: Holder) -> None:
        self._cache.pop(hashed, None)  # so that it is inserted last: the oldest entry is dropped first
        if len(self._cache) >= _MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[hashed] = (holder, self._now() + CACHE_TTL)

    async def write_uses(self) -> None:
        """Write when keys were used in this process since the last call, to the hour: most calls write nothing."""
        used, self._used = self._used, {}
        if not used:
            return
        at = max(used.values())
        unwritten = or_(
            col(ApiKeyRow.last_used_at).is_(None), col(ApiKeyRow.last_used_at) < at - USE_PRECISION
        )
        ids = col(ApiKeyRow.id).in_(sorted(used))
        async with self._db.read_one() as session:
            if (await session.exec(select(ApiKeyRow.id).where(ids, unwritten).limit(1))).first() is None:
                return
        async with self._db.write() as session:
            await session.exec(update(ApiKeyRow).where(ids, unwritten).values(last_used_at=at))

    async def page(self, merchant: str | None, limit: int, cursor: str | None) -> Page[ApiKeyRow]:
        """The merchant's keys, or the platform's, with ended ones, the newest first. Raises BadCursor."""
        found = select(ApiKeyRow).where(ApiKeyRow.merchant == merchant)
        return await newest_first(
            self._db, found, (col(ApiKeyRow.created_at), col(ApiKeyRow.id)), limit, cursor
        )

    async def find(self, merchant: str | None, key_id: str) -> ApiKeyRow | None:
        async with self._db.read_one() as session:
            row = await session.get(ApiKeyRow, key_id)
        return row if row is not None and row.merchant == merchant else None

    def name(self, row: ApiKeyRow) -> str:
        """The name of the key; empty for none."""
        return self._names.open(row)

    async def names(self, merchant: str, ids: set[str]) -> dict[str, str]:
        """By id, the names of the merchant's keys that have one; the platform's are all `platform`."""
        if not ids:
            return {}
        async with self._db.read_one() as session:
            rows = (await session.exec(select(ApiKeyRow).where(col(ApiKeyRow.id).in_(sorted(ids))))).all()
        found = {row.id: self.name(row) for row in rows if row.merchant == merchant}
        return {row.id: "platform" for row in rows if row.merchant is None} | {
            key_id: name for key_id, name in found.items() if name
        }

    async def rotate(
        self, merchant: str | None, key_id: str, creator: str, overlap: timedelta
    ) -> CreatedKey | None:
        """A key in place of that one, which expires after the overlap; None when it has ended or does not exist."""
        now = real_now()
        async with self._db.write() as session:
            row = await _usable(session, merchant, key_id, now)
            if row is None:
                return None
            owner = await session.get(MerchantRow, merchant) if merchant is not None else None
            new = KeyToCreate(Role(row.role), self.name(row), creator)
            made = make_key(self._names, merchant, owner is not None and owner.sandbox, new)
            session.add(made.row)
            row.expires_at = min(row.expires_at or now + overlap, now + overlap)
            row.replaced_by = made.row.id
        self._cache.pop(row.hash, None)
        return made

    async def change(
        self,
        merchant: str | None,
        key_id: str,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
    ) -> ApiKeyRow | None:
        """Change what is given; None when the key has ended or does not exist."""
        async with self._db.write() as session:
            row = await _usable(session, merchant, key_id, real_now())
            if row is None:
                return None
            if name is not None:
                row.name = self._names.seal(merchant, key_id, name)
            if expires_at is not None:
                row.expires_at = expires_at
        self._cache.pop(row.hash, None)
        return row

    async def revoke(self, merchant: str | None, key_id: str) -> bool:
        """Revoke the key; False when that merchant has no such key."""
        async with self._db.write() as session:
            row = await session.get(ApiKeyRow, key_id, with_for_update=True)
            if row is None or row.merchant != merchant:
                return False
            row.revoked_at = row.revoked_at or real_now()
        self._cache.pop(row.hash, None)
        return True


async def _usable(
    session: AsyncSession, merchant: str | None, key_id: str, now: datetime
) -> ApiKeyRow | None:
    """The key's row, locked, if it is that merchant's and has not ended."""
    row = await session.get(ApiKeyRow, key_id, with_for_update=True)
    ended = row is None or row.merchant != merchant or row.revoked_at is not None
    return None if ended or row is None or _expired(row.expires_at, now) else row


def _expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
