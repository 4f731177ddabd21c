"""Past returns with the states of their orders, in batches: for what is decided about many of them at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlmodel import col, select

from store.engine.database import Database
from store.tables.all import ReturnRow, SnapshotRow


@dataclass(frozen=True)
class PastReturnBatch:
    """Some returns, and the states of their orders as JSON."""

    returns: frozenset[str]
    states: list[str]


class PastReturns:
    """Reads returns with their orders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def newest(self, merchant: str, limit: int, batch: int) -> AsyncIterator[PastReturnBatch]:
        """The newest returns, the newest first, in batches of their orders. Each order comes once."""
        found = (
            select(ReturnRow.id, ReturnRow.order)
            .where(ReturnRow.merchant == merchant)
            .order_by(col(ReturnRow.opened_at).desc(), col(ReturnRow.id).desc())
            .limit(limit)
        )
        async with self._db.read_one() as session:
            rows = (await session.exec(found)).all()
        of_order: dict[str, set[str]] = {}
        for return_id, order in rows:
            of_order.setdefault(order, set()).add(return_id)
        orders = [*of_order]
        for start in range(0, len(orders), batch):
            part = orders[start : start + batch]
            states = await self._states(merchant, part)
            returns = frozenset[str]().union(*(of_order[order] for order in part))
            yield PastReturnBatch(returns, [states[order] for order in part if order in states])

    async def _states(self, merchant: str, orders: list[str]) -> dict[str, str]:
        wanted = select(SnapshotRow.order, SnapshotRow.state).where(
            SnapshotRow.merchant == merchant, col(SnapshotRow.order).in_(orders)
        )
        async with self._db.read_one() as session:
            return dict((await session.exec(wanted)).all())
