"""Merchants' own stock and fulfilment systems: where they are called, and the secret that signs each call."""

import base64
import json
import secrets

from sqlmodel import col, delete

from domain.actors import Actor
from ports.stock import ShopSystem
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import DeploymentKeys
from store.privacy.sealed_contexts import shop_system
from store.tables.all import MerchantRow, ShopSystemRow

_SECRET_BYTES = 32


class StoredShopSystems:
    """The table of systems, and the port `ShopSystems`. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys

    async def put(self, merchant: str, url: str, actor: Actor) -> str | None:
        """Have the merchant's systems called there, in place of those before; the new secret. None for an unknown merchant."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        sealed = self._keys.wrap(shop_system(merchant), json.dumps([url, secret]).encode())
        row = ShopSystemRow(merchant=merchant, sealed=sealed, created_at=real_now())
        async with self._db.write() as session:
            of_merchant = await session.get(MerchantRow, merchant)
            if of_merchant is None:
                return None
            await upsert_all(session, [row])
            at = of_merchant.clock or real_now()
            session.add(audit_row(merchant, AuditLine(actor, "shop_system_set", at)))
        return secret

    async def find(self, merchant: str) -> ShopSystemRow | None:
        async with self._db.read_one() as session:
            return await session.get(ShopSystemRow, merchant)

    async def system(self, merchant: str) -> ShopSystem | None:
        """See the port."""
        row = await self.find(merchant)
        return self.opened(row) if row else None

    def opened(self, row: ShopSystemRow) -> ShopSystem:
        """Its address and secret in clear."""
        url, secret = json.loads(self._keys.unwrap(shop_system(row.merchant), row.sealed))
        return ShopSystem(url=url, secret=secret)

    async def remove(self, merchant: str, actor: Actor) -> bool:
        """Forget it; False when there was none."""
        async with self._db.write() as session:
            ours = delete(ShopSystemRow).where(col(ShopSystemRow.merchant) == merchant)
            removed = (await session.exec(ours)).rowcount == 1
            if removed:
                at = (await session.get_one(MerchantRow, merchant)).clock or real_now()
                session.add(audit_row(merchant, AuditLine(actor, "shop_system_removed", at)))
        return removed
