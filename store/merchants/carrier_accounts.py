"""Accounts by which we ask carriers: one per merchant, its key sealed, its budget shared by all who ask."""

from datetime import datetime, timedelta
from typing import cast

from sqlmodel import col, delete, select

from domain.tracking.polling import TrackerSource
from ports.trackers import CarrierAccount
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.privacy.encryption import MasterKey
from store.tables.all import CarrierAccountRow, MerchantRow

_MINUTE = timedelta(minutes=1)


class StoredCarrierAccounts:
    """The table of accounts, and the port `Accounts`. `master`: the deployment's secret."""

    def __init__(self, db: Database, master: bytes) -> None:
        self._db, self._master = db, MasterKey(master)

    async def put(self, merchant: str, account: CarrierAccount, per_minute: int) -> CarrierAccountRow | None:
        """Give the merchant this account in place of any before; None when there is no such merchant."""
        row = CarrierAccountRow(
            merchant=merchant,
            source=account.source,
            base=account.base,
            key=self._master.wrap(_seal_context(merchant), account.key.encode()),
            per_minute=per_minute,
            created_at=real_now(),
        )
        async with self._db.write() as session:
            if await session.get(MerchantRow, merchant) is None:
                return None
            await upsert_all(session, [row])
        return row

    async def find(self, merchant: str) -> CarrierAccountRow | None:
        async with self._db.read_one() as session:
            return await session.get(CarrierAccountRow, merchant)

    async def merchants(self) -> list[str]:
        """Those that have one, by id."""
        async with self._db.read() as session:
            return sorted((await session.exec(select(CarrierAccountRow.merchant))).all())

    async def remove(self, merchant: str) -> bool:
        """Ask no more for that merchant; false when it had no account."""
        async with self._db.write() as session:
            gone = delete(CarrierAccountRow).where(col(CarrierAccountRow.merchant) == merchant)
            return (await session.exec(gone)).rowcount == 1

    async def account(self, merchant: str) -> CarrierAccount | None:
        """See the port."""
        row = await self.find(merchant)
        if row is None:
            return None
        key = self._master.unwrap(_seal_context(merchant), row.key).decode()
        return CarrierAccount(source=cast(TrackerSource, row.source), base=row.base, key=key)

    async def acquire_call(self, merchant: str, now: datetime) -> datetime | None:
        """See the port. A minute that a slower clock names again is spent with the latest one."""
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
        """See the port. Written only where it changes: almost no look is refused."""
        known = await self.find(merchant)
        if known is None or (known.refused_at is None) == (at is None):
            return
        async with self._db.write() as session:
            row = await session.get(CarrierAccountRow, merchant, with_for_update=True)
            if row is not None:
                row.refused_at = at


def _seal_context(merchant: str) -> str:
    return f"carrier-account/{merchant}"
