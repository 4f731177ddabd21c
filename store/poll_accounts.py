"""Accounts by which we ask carriers: one per merchant, its key sealed, its budget shared by all who ask."""

from datetime import datetime, timedelta
from typing import cast

from sqlmodel import col, delete, select

from domain.looking import TrackerSource
from ports.trackers import Account
from store.columns import real_now
from store.database import Database, put_all
from store.sealing import Master
from store.tables import MerchantRow, PollAccountRow

_MINUTE = timedelta(minutes=1)


class PollAccounts:
    """The table of accounts, and the port `Accounts`. `master`: the deployment's secret."""

    def __init__(self, db: Database, master: bytes) -> None:
        self._db, self._master = db, Master(master)

    async def put(self, merchant: str, account: Account, per_minute: int) -> PollAccountRow | None:
        """Give the merchant this account in place of any before; None when there is no such merchant."""
        row = PollAccountRow(
            merchant=merchant,
            source=account.source,
            base=account.base,
            key=self._master.wrap(_place(merchant), account.key.encode()),
            per_minute=per_minute,
            created_at=real_now(),
        )
        async with self._db.write() as session:
            if await session.get(MerchantRow, merchant) is None:
                return None
            await put_all(session, [row])
        return row

    async def find(self, merchant: str) -> PollAccountRow | None:
        async with self._db.look() as session:
            return await session.get(PollAccountRow, merchant)

    async def merchants(self) -> list[str]:
        """Those that have one, by id."""
        async with self._db.read() as session:
            return sorted((await session.exec(select(PollAccountRow.merchant))).all())

    async def remove(self, merchant: str) -> bool:
        """Ask no more for that merchant; false when it had no account."""
        async with self._db.write() as session:
            gone = delete(PollAccountRow).where(col(PollAccountRow.merchant) == merchant)
            return (await session.exec(gone)).rowcount == 1

    async def account(self, merchant: str) -> Account | None:
        """See the port."""
        row = await self.find(merchant)
        if row is None:
            return None
        key = self._master.unwrap(_place(merchant), row.key).decode()
        return Account(source=cast(TrackerSource, row.source), base=row.base, key=key)

    async def take_turn(self, merchant: str, now: datetime) -> datetime | None:
        """See the port. A minute that a slower clock names again is spent with the latest one."""
        minute = now.replace(second=0, microsecond=0)
        async with self._db.write() as session:
            row = await session.get(PollAccountRow, merchant, with_for_update=True)
            if row is None:
                return None
            if row.minute is None or row.minute < minute:
                row.minute, row.used = minute, 0
            if row.used >= row.per_minute:
                return row.minute + _MINUTE
            row.used += 1
        return None

    async def note_refusal(self, merchant: str, at: datetime | None) -> None:
        """See the port. Written only where it changes: almost no look is refused."""
        known = await self.find(merchant)
        if known is None or (known.refused_at is None) == (at is None):
            return
        async with self._db.write() as session:
            row = await session.get(PollAccountRow, merchant, with_for_update=True)
            if row is not None:
                row.refused_at = at


def _place(merchant: str) -> str:
    return f"poll-account/{merchant}"
