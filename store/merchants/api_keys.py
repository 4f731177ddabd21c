"""Bearer keys: shown once, kept as a hash, revocable."""

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
CACHE_TTL = 1.0  # seconds that a key which was good is not looked up again: a revoked one works so much longer at most
_MAX_CACHED = 4096
_KEY_PATTERN = re.compile(r"smot_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Holder:
    """Whose key it is. `key_id` is fit for audits; `merchant` is None for the platform's admin."""

    key_id: str
    merchant: str | None
    role: Role


@dataclass(frozen=True)
class NewKey:
    """A key at the only moment its text is known."""

    row: ApiKeyRow
    text: str = field(repr=False)


def new_key(merchant: str | None, role: Role) -> NewKey:
    """A fresh key, not yet in the table: 192 random bits and more make a slow hash needless."""
    key_id = secrets.token_hex(4)
    text = f"smot_{key_id}_{secrets.token_urlsafe(32)}"
    row = ApiKeyRow(id=key_id, hash=_hashed(text), merchant=merchant, role=role, created_at=real_now())
    return NewKey(row=row, text=text)


class ApiKeys:
    """The table of bearer keys. `now`: seconds of any clock that only goes forward."""

    def __init__(self, db: Database, now: Callable[[], float] = monotonic) -> None:
        self._db = db
        self._now = now
        self._cache: dict[
            str, tuple[Holder, float]
        ] = {}  # by hash; who it is, and until when we take that as said

    async def create(self, merchant: str | None, role: Role) -> str:
        """A new key's text, never to be seen again."""
        while True:
            new = new_key(merchant, role)
            async with self._db.write() as session:
                if await insert_new(session, new.row):
                    return new.text

    async def authenticate(self, bearer: str) -> Holder | None:
        """The holder; None alike for unknown, misspelt and revoked keys.

        What another process revokes is good here for GOOD_FOR more; what is not good is looked up each time.
        """
        form = _KEY_PATTERN.fullmatch(bearer)
        if form is None:
            return None
        hashed = _hashed(bearer)
        known = self._cache.get(hashed)
        if known is not None and self._now() < known[1]:
            return known[0]
        row = await self._db.fetch_row(_KEY, id=form[1])
        good = hmac.compare_digest(row.hash if row else "", hashed)
        if row is None or not good or row.revoked_at is not None:
            self._cache.pop(hashed, None)
            return None
        holder = Holder(key_id=form[1], merchant=row.merchant, role=Role(row.role))
        self._remember(hashed, holder)
        return holder

    def _remember(self, hashed: str, holder: Holder) -> None:
        self._cache.pop(hashed, None)  # the youngest is last
        if len(self._cache) >= _MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[hashed] = (holder, self._now() + CACHE_TTL)

    async def all(self, merchant: str | None) -> list[ApiKeyRow]:
        """The merchant's keys (or the platform's), revoked ones too."""
        async with self._db.read() as session:
            found = select(ApiKeyRow).where(ApiKeyRow.merchant == merchant).order_by(ApiKeyRow.id)
            return [*(await session.exec(found)).all()]

    async def revoke(self, merchant: str | None, key_id: str) -> bool:
        """End the key; false when that merchant has no such key."""
        async with self._db.write() as session:
            row = await session.get(ApiKeyRow, key_id, with_for_update=True)
            if row is None or row.merchant != merchant:
                return False
            row.revoked_at = row.revoked_at or real_now()
        self._cache.pop(row.hash, None)
        return True


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
