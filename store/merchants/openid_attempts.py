"""Browsers that are at an OpenID provider: what each needs when it is back, sealed, and taken once."""

import hashlib
import json
from typing import Any

from sqlmodel import col, delete

from domain.staff.openid import ATTEMPT_LIFE
from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy.encryption import Cipher, DeploymentKeys
from store.tables.all import OpenIdAttemptRow


class OpenIdAttempts:
    """The table of attempts. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys

    async def begin(self, merchant: str, state: str, document: dict[str, Any]) -> None:
        """Keep that until the browser is back. What was kept for others too long goes."""
        attempt, now = _id(state), real_now()
        sealed = self._cipher(merchant).encrypt(attempt, json.dumps(document).encode())
        row = OpenIdAttemptRow(id=attempt, merchant=merchant, sealed=sealed, expires_at=now + ATTEMPT_LIFE)
        async with self._db.write() as session:
            session.add(row)
        await self.prune()

    async def take(self, state: str) -> tuple[str, dict[str, Any]] | None:
        """The merchant and what was kept, once; None for what was taken, has expired, or was never begun."""
        async with self._db.write() as session:
            row = await session.get(OpenIdAttemptRow, _id(state), with_for_update=True)
            if row is None:
                return None
            await session.delete(row)
        if row.expires_at <= real_now():
            return None
        return row.merchant, json.loads(self._cipher(row.merchant).decrypt(row.id, row.sealed))

    async def prune(self) -> None:
        """Delete those whose time is over."""
        async with self._db.write() as session:
            await session.exec(delete(OpenIdAttemptRow).where(col(OpenIdAttemptRow.expires_at) <= real_now()))

    def _cipher(self, merchant: str) -> Cipher:
        return self._keys.cipher("openid-attempts", merchant)


def _id(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
