"""The table of idempotency keys: the first request with a key is executed, its repetitions get the same answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select, update

from ports.idempotency import (
    BeginResult,
    IdempotencyKey,
    KeyReused,
    RequestCompleted,
    RequestInProgress,
    RequestStarted,
)
from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy.encryption import Cipher, DeploymentKeys
from store.tables.all import IdempotencyRow

_PrimaryKey = tuple[str, str, str]
ABANDONED_AFTER = timedelta(seconds=30)  # longer than any request may take: its process has crashed

_THIS = (
    col(IdempotencyRow.merchant) == bindparam("this_merchant"),
    col(IdempotencyRow.route) == bindparam("this_route"),
    col(IdempotencyRow.key) == bindparam("this_key"),
)
_STORED = select(IdempotencyRow).where(*_THIS)
_INSERT = {
    "sqlite": sqlite.insert(IdempotencyRow).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(IdempotencyRow).on_conflict_do_nothing(),
}
_RUNNING = update(IdempotencyRow).where(*_THIS, col(IdempotencyRow.status) == "running")
_FINISH = _RUNNING.values(status="done", http_status=bindparam("sent_status"), response=bindparam("sealed"))
_FREE = _RUNNING.values(status="free")


class StoreIdempotency:
    """The port `IdempotencyTable` on our database. `now` is real time.

    Answers hold drop-off codes, keys may hold an address, and from a body's hash its content could be guessed: all are
    protected by the deployment's keys.
    """

    def __init__(self, db: Database, keys: DeploymentKeys, now: Callable[[], datetime] = real_now) -> None:
        self._db = db
        self._insert = _INSERT["sqlite" if db.is_sqlite else "postgresql"]
        self._keys = keys
        self._now = now
        # Keys that this process holds, and keys that it could not give back while the database was away: with their begin.
        self._running_since: dict[_PrimaryKey, datetime] = {}
        self._orphaned: set[tuple[_PrimaryKey, datetime]] = set()

    async def begin(self, key: IdempotencyKey, body_hash: str) -> BeginResult:
        """See the port. A request that waits for another one with its key calls this often: it takes no write lock."""
        key, body_hash = self._stored(key), self._keys.pseudonym("body", body_hash)
        stored = await self._db.fetch_row(_STORED, **_this(key))
        if stored is not None and (stored.body_hash != body_hash or not self._is_available(stored)):
            return self._outcome_of(stored, body_hash)
        return await self._acquire(key, body_hash)

    async def _acquire(self, key: IdempotencyKey, body_hash: str) -> BeginResult:
        began_at = self._now()
        fresh = {"merchant": key.merchant, "route": key.route, "key": key.key, "body_hash": body_hash}
        try:
            if await self._db.write_one(self._insert, **fresh, status="running", began_at=began_at) != 1:
                outcome = await self._take_over(key, body_hash, began_at)
                if outcome is not None:
                    return outcome
        except BaseException:
            self._mark_orphaned(key, began_at)  # the row may have been written although the commit failed
            raise
        self._running_since[_primary_key(key)] = began_at
        return RequestStarted()

    async def _take_over(self, key: IdempotencyKey, body_hash: str, began_at: datetime) -> BeginResult | None:
        """Take the key that is there, if it is free; else what became of it."""
        async with self._db.write() as session:
            stored = await session.get(IdempotencyRow, _primary_key(key), with_for_update=True)
            if stored is None:  # it was pruned in this moment: at the caller's next call it is new
                return RequestInProgress()
            if stored.body_hash != body_hash or not self._is_available(stored):
                return self._outcome_of(stored, body_hash)
            stored.status, stored.began_at = "running", began_at
        return None

    async def finish(self, key: IdempotencyKey, status: int, response: JsonValue) -> None:
        """See the port. An answer that is kept already stays."""
        key = self._stored(key)
        sealed = self._cipher(key.merchant).encrypt(_seal_context(key), json.dumps(response).encode())
        await self._db.write_one(_FINISH, **_this(key), sent_status=status, sealed=sealed)
        self._running_since.pop(_primary_key(key), None)

    async def abandon(self, key: IdempotencyKey) -> None:
        """See the port. An answer that is kept already stays. When this cannot be written, the process remembers it."""
        key = self._stored(key)
        began_at = self._running_since.pop(_primary_key(key), None)
        try:
            await self._db.write_one(_FREE, **_this(key))
        except BaseException:
            if began_at is not None:
                self._mark_orphaned(key, began_at)
            raise

    def _cipher(self, merchant: str) -> Cipher:
        """Answers are kept for two months, longer than it takes to replace a master key, so none seals them."""
        return self._keys.cipher("answers", merchant)

    def _stored(self, key: IdempotencyKey) -> IdempotencyKey:
        """The key as the table has it, one with its object: both may be made of an e-mail address."""
        both = json.dumps([key.object, key.key])
        return replace(key, object="", key=self._keys.pseudonym("idempotency", both))

    def _mark_orphaned(self, key: IdempotencyKey, began_at: datetime) -> None:
        """Remember that no request holds the key, although the table may say so for a while."""
        recent = {(row, since) for row, since in self._orphaned if self._now() - since < ABANDONED_AFTER}
        self._orphaned = {*recent, (_primary_key(key), began_at)}

    async def prune(self, merchant: str, before: datetime) -> int:
        """Delete keys that were last taken before that real time, with their answers; returns how many."""
        ours = col(IdempotencyRow.merchant) == merchant
        old = delete(IdempotencyRow).where(ours, col(IdempotencyRow.began_at) < before)
        async with self._db.write() as session:
            return (await session.exec(old)).rowcount

    def response_of(self, row: Any) -> JsonValue:
        """The answer; None when none is kept. Raises Tampered. `row`: an IdempotencyRow, or its columns."""
        if row.response is None:
            return None
        opened: JsonValue = json.loads(self._cipher(row.merchant).decrypt(_seal_context(row), row.response))
        return opened

    def _outcome_of(self, row: Any, body_hash: str) -> BeginResult:
        if row.body_hash != body_hash:
            return KeyReused()
        if row.status == "running" or row.http_status is None or row.response is None:
            return RequestInProgress()
        return RequestCompleted(row.http_status, self.response_of(row))

    def _is_available(self, row: Any) -> bool:
        crashed = row.status == "running" and self._now() - row.began_at >= ABANDONED_AFTER
        orphaned = row.status == "running" and (_row_primary_key(row), row.began_at) in self._orphaned
        return row.status == "free" or crashed or orphaned


def _primary_key(key: IdempotencyKey) -> _PrimaryKey:
    return key.merchant, key.route, key.key


def _this(key: IdempotencyKey) -> dict[str, str]:
    """The values that name its row in a prepared statement."""
    return {"this_merchant": key.merchant, "this_route": key.route, "this_key": key.key}


def _row_primary_key(row: Any) -> _PrimaryKey:
    return row.merchant, row.route, row.key


def _seal_context(row: Any) -> str:
    """An answer can be decrypted only in its own row. `row`: with the key as the table has it."""
    return "\x1f".join(("answer", row.merchant, row.route, row.key))
