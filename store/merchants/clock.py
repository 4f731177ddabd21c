"""Business time: a sandbox merchant has a clock that is moved by command, never back; for others it is real time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from domain import keys
from store.engine.columns import real_now
from store.engine.database import Database
from store.inbox import unknown_parcels
from store.ledger import redemption_steps, store_credit
from store.notifications import held_notices
from store.tables.all import MerchantRow

_CLOCK = select(MerchantRow.clock).where(col(MerchantRow.id) == bindparam("merchant"))


class NotSandbox(Exception):
    """The merchant has no sandbox clock: its time is real."""


class Clocks:
    """The merchants' clocks. All functions raise LookupError for an unknown merchant."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def advancing(self, merchant: str) -> AsyncIterator[None]:
        """A lock, over all processes, to move a merchant's clock from deadline to deadline."""
        lock = self._locks.setdefault(merchant, asyncio.Lock())
        async with lock, self._db.exclusive(keys.clock_lock(merchant)):
            yield

    async def get(self, merchant: str) -> datetime | None:
        """The sandbox clock's time; None when the merchant's time is real."""
        row = await self._db.fetch_row(_CLOCK, merchant=merchant)
        if row is None:
            raise LookupError("no such merchant")
        clock: datetime | None = row.clock
        return clock

    async def set(self, merchant: str, to: datetime) -> bool:
        """Set the sandbox clock; False, and nothing changes, when its time is later already. Raises NotSandbox.

        In the same transaction store credit expires, waits for unknown parcels end, and held notices are released that are due
        by then. The sweep would do so within seconds of real time, in which business time stands still.
        """
        async with self._db.write() as session:
            row = _existing(await session.get(MerchantRow, merchant, with_for_update=True))
            if row.clock is None:
                raise NotSandbox(merchant)
            if to < row.clock:
                return False
            row.clock = to
            await redemption_steps.expire_authorizations(session, merchant, to)
            await store_credit.expire(session, merchant, to)
            await unknown_parcels.expire(session, merchant, to)
            await held_notices.release_due(session, merchant, to)
        return True

    async def business_now(self, merchant: str) -> datetime:
        """The sandbox clock's time, or real time."""
        return await self.get(merchant) or real_now()


def _existing(row: MerchantRow | None) -> MerchantRow:
    if row is None:
        raise LookupError("no such merchant")
    return row
