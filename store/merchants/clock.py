"""Business time: a sandbox merchant's clock, moved by command and never back; real time for everybody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from domain import keys
from store.engine.columns import real_now
from store.engine.database import Database
from store.ledger import store_credit
from store.notifications import held_notices
from store.tables.all import MerchantRow

_CLOCK = select(MerchantRow.clock).where(col(MerchantRow.id) == bindparam("merchant"))


class NotSandbox(Exception):
    """The merchant's time is real: nobody moves it."""


class Clocks:
    """The merchants' clocks. All raise LookupError for an unknown merchant."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def advancing(self, merchant: str) -> AsyncIterator[None]:
        """Only one at a time moves a merchant's clock from deadline to deadline, in whatever process it is."""
        lock = self._locks.setdefault(merchant, asyncio.Lock())
        async with lock, self._db.exclusive(keys.clock_lock(merchant)):
            yield

    async def get(self, merchant: str) -> datetime | None:
        """Where the sandbox clock stands; None where time is real."""
        row = await self._db.fetch_row(_CLOCK, merchant=merchant)
        if row is None:
            raise LookupError("no such merchant")
        clock: datetime | None = row.clock
        return clock

    async def set(self, merchant: str, to: datetime) -> bool:
        """Move the sandbox clock there; false, and nothing moved, when it stands later already. Raises NotSandbox.

        Credit past its day by then expires with it: the sweep would do that within seconds, but time stands still. Notices
        held until then are released.
        """
        async with self._db.write() as session:
            row = _existing(await session.get(MerchantRow, merchant, with_for_update=True))
            if row.clock is None:
                raise NotSandbox(merchant)
            if to < row.clock:
                return False
            row.clock = to
            await store_credit.expire(session, merchant, to)
            await held_notices.release_due(session, merchant, to)
        return True

    async def business_now(self, merchant: str) -> datetime:
        return await self.get(merchant) or real_now()


def _existing(row: MerchantRow | None) -> MerchantRow:
    if row is None:
        raise LookupError("no such merchant")
    return row
