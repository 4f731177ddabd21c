"""Merchants' accounts at payment providers, their keys encrypted."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, delete, select

from domain.actors import Actor
from ports.payments import PaymentAccount
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import Decoy, DeploymentKeys
from store.privacy.sealed_contexts import payment_account
from store.tables.all import MerchantRow, PaymentAccountRow


class StoredPaymentAccounts:
    """The table of accounts, and the port `PaymentAccounts`. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys
        self._decoy = Decoy(keys, json.dumps({"secret_key": "x" * 43, "webhook_secret": "x" * 43}).encode())

    async def put(self, merchant: str, account: PaymentAccount, actor: Actor) -> PaymentAccountRow | None:
        """Set the merchant's account at that provider, in place of an earlier one; None for an unknown merchant."""
        provider = account.provider
        context = payment_account(merchant, provider)
        row = PaymentAccountRow(
            merchant=merchant,
            provider=provider,
            base=account.base,
            account=account.account,
            keys=self._keys.wrap(context, json.dumps(dict(account.keys)).encode()),
            key_names=",".join(sorted(account.keys)),
            created_at=real_now(),
        )
        async with self._db.write() as session:
            of_merchant = await session.get(MerchantRow, merchant)
            if of_merchant is None:
                return None
            await upsert_all(session, [row])
            at = of_merchant.clock or real_now()
            session.add(audit_row(merchant, AuditLine(actor, "payment_account_set", at, subject=provider)))
        return row

    async def find(self, merchant: str, provider: str) -> PaymentAccountRow | None:
        """The merchant's account at that provider; its keys stay encrypted."""
        async with self._db.read_one() as session:
            return await session.get(PaymentAccountRow, (merchant, provider))

    async def providers(self, merchant: str) -> Sequence[str]:
        """The providers at which the merchant has an account, sorted."""
        found = select(PaymentAccountRow.provider).where(PaymentAccountRow.merchant == merchant)
        async with self._db.read_one() as session:
            return sorted((await session.exec(found)).all())

    async def merchants(self, provider: str) -> Sequence[str]:
        """The merchants with an account at that provider."""
        found = select(PaymentAccountRow.merchant).where(PaymentAccountRow.provider == provider)
        async with self._db.read_one() as session:
            return (await session.exec(found)).all()

    async def remove(self, merchant: str, provider: str, actor: Actor) -> bool:
        """Delete the account; False when there was none."""
        ours = (col(PaymentAccountRow.merchant) == merchant, col(PaymentAccountRow.provider) == provider)
        async with self._db.write() as session:
            removed = (await session.exec(delete(PaymentAccountRow).where(*ours))).rowcount == 1
            if removed:
                at = (await session.get_one(MerchantRow, merchant)).clock or real_now()
                line = AuditLine(actor, "payment_account_removed", at, subject=provider)
                session.add(audit_row(merchant, line))
        return removed

    async def account(self, merchant: str, provider: str) -> PaymentAccount | None:
        """See the port. An account that does not exist takes the time of one that does."""
        row = await self.find(merchant, provider)
        if row is None:
            self._decoy.open()
            return None
        keys = json.loads(self._keys.unwrap(payment_account(merchant, provider), row.keys))
        return PaymentAccount(provider=provider, base=row.base, account=row.account, keys=keys)

    async def record_refused(self, merchant: str, provider: str, at: datetime | None) -> datetime | None:
        """Since when the provider refuses the keys; None when it accepts them. Returns what is stored now."""
        account = await self.find(merchant, provider)
        if account is None or (account.refused_at is None) == (at is None):
            return account.refused_at if account else None
        async with self._db.write() as session:
            row = await session.get(PaymentAccountRow, (merchant, provider), with_for_update=True)
            if row is not None:
                row.refused_at = at
        return at
