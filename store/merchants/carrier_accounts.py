"""Merchants' accounts at tracking services: the encrypted API key, and a rate limit that all processes share."""

from datetime import datetime, timedelta
from typing import cast

from sqlmodel import col, delete, select

from domain.tracking.polling import TrackerSource
from ports.trackers import CarrierAccount
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import DeploymentKeys
from store.privacy.sealed_contexts import carrier_account
from store.tables.all import CarrierAccountRow, MerchantRow

_MINUTE = timedelta(minutes=1)


class StoredCarrierAccounts:
    """The table of accounts, and the port `CarrierAccounts`. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys

    async def put(self, merchant: str, account: CarrierAccount, per_minute: int) -> CarrierAccountRow | None:
        """Set the merchant's account, in place of an earlier one; None for an unknown merchant."""
        row = CarrierAccountRow(
            merchant=merchant,
            source=account.source,
            base=account.base,
            key=self._keys.wrap(carrier_account(merchant), account.key.encode()),
            per_minute=per_minute,
            created_at=real_now(),
        )
        async with self._db.write() as session:
            if await session.get(MerchantRow, merchant) is None:
                return None
            await upsert_all(session, [row])
        return row

    async def find(self, merchant: str) -> CarrierAccountRow | None:
        """The merchant's account; its key stays encrypted."""
        async with self._db.read_one() as session:
            return await session.get(CarrierAccountRow, merchant)

    async def merchants(self) -> list[str]:
        """The ids of merchants with an account, sorted."""
        async with self._db.read_one() as session:
            return sorted((await session.exec(select(CarrierAccountRow.merchant))).all())

    async def remove(self, merchant: str) -> bool:
        """Delete the account, which ends polling for the merchant; False when there was none."""
        async with self._db.write() as session:
            statement = delete(CarrierAccountRow).where(col(CarrierAccountRow.merchant) == merchant)
            return (await session.exec(statement)).rowcount == 1

    async def account(self, merchant: str) -> CarrierAccount | None:
        """See the port."""
        row = await self.find(merchant)
        if row is None:
            return None
        key = self._keys.unwrap(carrier_account(merchant), row.key).decode()
        return CarrierAccount(source=cast(TrackerSource, row.source), base=row.base, key=key)

    async def acquire_call(self, merchant: str, now: datetime) -> datetime | None:
        """See the port. A call in an earlier minute, by a clock that is behind, counts in the latest one."""
        minute = now.replace(second=0, microsecond=0)
        async with self._db.write() as session:
            row = await session.get(CarrierAccountRow, merchant, with_for_update=True)
            if row is None:
                return None
            if row.minute is None or row.minute < minute:
                row.minute, row.used = minute, 0
            if row.used >= row.per_minute:
                return row.minute + _MINUTE
            row.used += 1
        return None

    async def record_unauthorized(self, merchant: str, at: datetime | None) -> None:
        """See the port. Written only when it changes: almost no call is refused."""
        account = await self.find(merchant)
        if account is None or (account.refused_at is None) == (at is None):
            return
        async with self._db.write() as session:
            row = await session.get(CarrierAccountRow, merchant, with_for_update=True)
            if row is not None:
                row.refused_at = at
