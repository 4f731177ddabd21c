"""Where the staff of merchants sign in by OpenID Connect, with the sealed secret."""

import json
from dataclasses import dataclass

from sqlalchemy import Update, update
from sqlmodel import col, delete

from domain.actors import Actor
from ports.openid import OpenIdClient
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import DeploymentKeys
from store.privacy.sealed_contexts import openid_provider
from store.tables.all import MerchantRow, OpenIdProviderRow, UserRow


@dataclass(frozen=True)
class OpenIdRules:
    """What a merchant's provider is used for. See `OpenIdProviderRow`."""

    label: str
    domains: tuple[str, ...] = ()
    new_users: str = ""
    password_user: str = ""


class StoredOpenIdProviders:
    """The table of providers: one a merchant at most. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys

    async def put(self, merchant: str, client: OpenIdClient, rules: OpenIdRules, actor: Actor) -> bool:
        """Use it in place of the one before; False for an unknown merchant. With another issuer, no user is linked any more."""
        secrets = [client.issuer, client.client_id, client.secret]
        row = OpenIdProviderRow(
            merchant=merchant,
            sealed=self._keys.wrap(openid_provider(merchant), json.dumps(secrets).encode()),
            label=rules.label,
            domains=json.dumps(rules.domains),
            new_users=rules.new_users,
            password_user=rules.password_user,
            created_at=real_now(),
        )
        async with self._db.write() as session:
            of_merchant = await session.get(MerchantRow, merchant)
            if of_merchant is None:
                return False
            before = await session.get(OpenIdProviderRow, merchant)
            if before is not None and self.client(before).issuer != client.issuer:
                await session.exec(_unlinked(merchant))
            await upsert_all(session, [row])
            details = {"issuer": client.issuer, "new_users": rules.new_users, "passwords": _passwords(rules)}
            at = of_merchant.clock or real_now()
            session.add(audit_row(merchant, AuditLine(actor, "oidc_provider_set", at, details=details)))
        return True

    async def find(self, merchant: str) -> OpenIdProviderRow | None:
        async with self._db.read_one() as session:
            return await session.get(OpenIdProviderRow, merchant)

    def client(self, row: OpenIdProviderRow) -> OpenIdClient:
        """What the provider knows us by, in clear."""
        return OpenIdClient(*json.loads(self._keys.unwrap(openid_provider(row.merchant), row.sealed)))

    def rules(self, row: OpenIdProviderRow) -> OpenIdRules:
        return OpenIdRules(row.label, tuple(json.loads(row.domains)), row.new_users, row.password_user)

    async def remove(self, merchant: str, actor: Actor) -> bool:
        """Forget it and who was linked to it: all sign in with passwords again. False when there was none."""
        async with self._db.write() as session:
            ours = delete(OpenIdProviderRow).where(col(OpenIdProviderRow.merchant) == merchant)
            removed = (await session.exec(ours)).rowcount == 1
            if removed:
                await session.exec(_unlinked(merchant))
                at = (await session.get_one(MerchantRow, merchant)).clock or real_now()
                session.add(audit_row(merchant, AuditLine(actor, "oidc_provider_removed", at)))
        return removed


def _unlinked(merchant: str) -> Update:
    return update(UserRow).where(col(UserRow.merchant) == merchant).values(openid=None)


def _passwords(rules: OpenIdRules) -> str:
    return rules.password_user or "all"
