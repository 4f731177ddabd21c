"""The root key in the database: one row, sealed with the active master key, which is thereby named."""

import secrets

from sqlmodel import col, delete, select, update

from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.privacy.encryption import DeploymentKeys, MasterKeyRing, wrapping_key_id
from store.tables.all import RootKeyRow

_ONE = 1  # the id of the only row
_CONTEXT = "root key"


async def open_keys(db: Database, ring: MasterKeyRing) -> DeploymentKeys:
    """The keys of the deployment; its root key is made at the first start. Raises MasterKeyMissing."""
    wrapped = await find_root(db)
    if wrapped is None:
        fresh = ring.wrap(ring.ids[-1], _CONTEXT, secrets.token_bytes(32))
        async with db.write() as session:
            await insert_new(session, RootKeyRow(id=_ONE, wrapped=fresh, wrapped_at=real_now()))
        wrapped = await find_root(db)
        assert wrapped is not None
    return DeploymentKeys(ring, wrapping_key_id(wrapped), ring.unwrap(_CONTEXT, wrapped))


async def find_root(db: Database) -> bytes | None:
    """The sealed root key; None before the first start."""
    async with db.read_one() as session:
        return (await session.exec(select(RootKeyRow.wrapped).where(RootKeyRow.id == _ONE))).first()


async def read_active(db: Database) -> str | None:
    """The id of the master key that seals now; None before the first start."""
    wrapped = await find_root(db)
    return wrapping_key_id(wrapped) if wrapped is not None else None


async def activate(db: Database, ring: MasterKeyRing, key_id: str) -> None:
    """Seal the root key with that master key: from now on it seals everything. Raises MasterKeyMissing."""
    wrapped = await find_root(db)
    assert wrapped is not None, "the keys were opened before"
    fresh = ring.wrap(key_id, _CONTEXT, ring.unwrap(_CONTEXT, wrapped))
    same = (col(RootKeyRow.id) == _ONE, col(RootKeyRow.wrapped) == wrapped)
    async with db.write() as session:
        await session.exec(update(RootKeyRow).where(*same).values(wrapped=fresh, wrapped_at=real_now()))


async def forget_root(db: Database) -> None:
    """Delete the root key, which no master key opens any more: pseudonyms, links and codes end with it."""
    async with db.write() as session:
        await session.exec(delete(RootKeyRow).where(col(RootKeyRow.id) == _ONE))
