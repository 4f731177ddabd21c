"""The version of an order's latest snapshot: enough to know whether an earlier answer about it is still true."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam
from sqlmodel import col, or_, select

from store.engine.database import Database
from store.tables.all import OrderRow, SnapshotRow

_EITHER_ID: BindParameter[str] = bindparam("order")
_LATEST = (
    select(OrderRow.id, SnapshotRow.seq, SnapshotRow.hash, SnapshotRow.as_of)
    .join(SnapshotRow, col(SnapshotRow.order) == col(OrderRow.id))
    .where(
        col(OrderRow.merchant) == bindparam("merchant"),
        or_(col(OrderRow.order_id) == _EITHER_ID, col(OrderRow.id) == _EITHER_ID),
    )
    .order_by((col(OrderRow.order_id) == _EITHER_ID).desc())
    .limit(1)
)


@dataclass(frozen=True)
class SnapshotVersion:
    """The number, hash and business time of a snapshot. Equal versions are the same snapshot."""

    seq: int
    hash: str
    as_of: datetime


@dataclass(frozen=True)
class OrderVersion:
    """Our id of an order, and the version of its snapshot."""

    order: str
    version: SnapshotVersion


class OrderVersions:
    """Finds an order by either of its ids together with its version, in one query."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def numbers(self, orders: Collection[str]) -> dict[str, int]:
        """The number of each order's latest snapshot. `orders`: our ids, of any merchants."""
        wanted = select(SnapshotRow.order, SnapshotRow.seq).where(col(SnapshotRow.order).in_(orders))
        async with self._db.read_one() as session:
            return dict((await session.exec(wanted)).all())

    async def find(self, merchant: str, order: str) -> OrderVersion | None:
        """By the merchant's own order id or, where that names none, by our `ord_…`; only this merchant's."""
        row = await self._db.fetch_row(_LATEST, merchant=merchant, order=order)
        if row is None:
            return None
        return OrderVersion(row.id, SnapshotVersion(row.seq, row.hash, row.as_of))
