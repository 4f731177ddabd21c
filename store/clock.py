"""Business time: a sandbox merchant's clock, moved by command and never back; real time for everybody else."""

from datetime import datetime

from store.columns import real_now
from store.database import Database
from store.tables import MerchantRow


class NotSandbox(Exception):
    """The merchant's time is real: nobody moves it."""


class Clocks:
    """The merchants' clocks. All raise LookupError for an unknown merchant."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, merchant: str) -> datetime | None:
        """Where the sandbox clock stands; None where time is real."""
        async with self._db.read() as session:
            return _known(await session.get(MerchantRow, merchant)).clock

    async def set(self, merchant: str, to: datetime) -> bool:
        """Move the sandbox clock there; false, and nothing moved, when it stands later already. Raises NotSandbox."""
        async with self._db.write() as session:
            row = _known(await session.get(MerchantRow, merchant, with_for_update=True))
            if row.clock is None:
                raise NotSandbox(merchant)
            if to < row.clock:
                return False
            row.clock = to
        return True

    async def business_now(self, merchant: str) -> datetime:
        return await self.get(merchant) or real_now()


def _known(row: MerchantRow | None) -> MerchantRow:
    if row is None:
        raise LookupError("no such merchant")
    return row
