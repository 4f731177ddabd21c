"""API keys: shown once, kept as a hash, revocable."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import bindparam
from sqlmodel import col, select

from domain.actors import Role
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import ApiKeyRow

_KEY = select(ApiKeyRow.hash, ApiKeyRow.merchant, ApiKeyRow.role, ApiKeyRow.revoked_at).where(
    col(ApiKeyRow.id) == bindparam("id")
)
CACHE_TTL = 1.0  # seconds; a key that another process revokes works at most so much longer
_MAX_CACHED = 4096
_KEY_PATTERN = re.compile(r"smot_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Holder:
    """Whose key it is. `key_id`: for the audit log; `merchant`: None for the platform's admin."""

    key_id: str
    merchant: str | None
    role: Role


@dataclass(frozen=True)
class NewKey:
    """A key that was just made. Its text is known only now."""

    row: ApiKeyRow
    text: str = field(repr=False)


def new_key(merchant: str | None, role: Role) -> NewKey:
    """A new key, not yet in the table. It has more than 192 random bits, so that a fast hash is enough."""
    key_id = secrets.token_hex(4)
    text = f"smot_{key_id}_{secrets.token_urlsafe(32)}"
    row = ApiKeyRow(id=key_id, hash=_hashed(text), merchant=merchant, role=role, created_at=real_now())
    return NewKey(row=row, text=text)


class ApiKeys:
    """The table of API keys. `now`: seconds of a monotonic clock."""

    def __init__(self, db: Database, now: Callable[[], float] = monotonic) -> None:
        self._db = db
        self._now = now
        # By the key's hash, with the time until which it holds.
        self._cache: dict[str, tuple[Holder, float]] = {}

    async def create(self, merchant: str | None, role: Role) -> str:
        """The text of a new key, which is not kept."""
        while True:
            new = new_key(merchant, role)
            async with self._db.write() as session:
                if await insert_new(session, new.row):
                    return new.text

    async def authenticate(self, bearer: str) -> Holder | None:
        """The holder; None for unknown, malformed and revoked keys alike.

        A valid key is cached for CACHE_TTL; others are looked up each time.
        """
        match = _KEY_PATTERN.fullmatch(bearer)
        if match is None:
            return None
        hashed = _hashed(bearer)
        cached = self._cache.get(hashed)
        if cached is not None and self._now() < cached[1]:
            return cached[0]
        row = await self._db.fetch_row(_KEY, id=match[1])
        same = hmac.compare_digest(row.hash if row else "", hashed)
        if row is None or not same or row.revoked_at is not None:
            self._cache.pop(hashed, None)
            return None
        holder = Holder(key_id=match[1], merchant=row.merchant, role=Role(row.role))
        self._remember(hashed, holder)
        return holder

    def _remember(self, hashed: str, holder: Holder) -> None:
        self._cache.pop(hashed, None)  # so that it is inserted last: the oldest entry is dropped first
        if len(self._cache) >= _MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[hashed] = (holder, self._now() + CACHE_TTL)

    async def all(self, merchant: str | None) -> list[ApiKeyRow]:
        """The merchant's keys, or the platform's, with revoked ones."""
        async with self._db.read() as session:
            found = select(ApiKeyRow).where(ApiKeyRow.merchant == merchant).order_by(ApiKeyRow.id)
            return [*(await session.exec(found)).all()]

    async def revoke(self, merchant: str | None, key_id: str) -> bool:
        """Revoke the key; False when that merchant has no such key."""
        async with self._db.write() as session:
            row = await session.get(ApiKeyRow, key_id, with_for_update=True)
            if row is None or row.merchant != merchant:
                return False
            row.revoked_at = row.revoked_at or real_now()
        self._cache.pop(row.hash, None)
        return True


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
