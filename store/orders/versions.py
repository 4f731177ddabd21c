"""Which version of an order is the last one written: enough to know whether what was shown of it is still true."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam
from sqlmodel import col, or_, select

from store.engine.database import Database
from store.tables.all import OrderRow, SnapshotRow

_EITHER_ID: BindParameter[str] = bindparam("order")
_LATEST = (
    select(OrderRow.id, SnapshotRow.seq, SnapshotRow.hash, SnapshotRow.as_of)
    .join(SnapshotRow, col(SnapshotRow.order) == col(OrderRow.id), isouter=True)
    .where(
        col(OrderRow.merchant) == bindparam("merchant"),
        or_(col(OrderRow.order_id) == _EITHER_ID, col(OrderRow.id) == _EITHER_ID),
    )
    .order_by((col(OrderRow.order_id) == _EITHER_ID).desc())
    .limit(1)
)


@dataclass(frozen=True)
class SnapshotVersion:
    """A snapshot's number, what it says (as a hash), and when that was true. Equal versions are the same snapshot."""

    seq: int
    hash: str
    as_of: datetime


@dataclass(frozen=True)
class OrderVersion:
    """Our id of an order, and the version of its snapshot; None while its journey has not begun."""

    order: str
    version: SnapshotVersion | None


class OrderVersions:
    """One question for an order by either of its names and its last version."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, order: str) -> OrderVersion | None:
        """By the merchant's own order id or, where that names none, by our `ord_…`; only this merchant's."""
        row = await self._db.fetch_row(_LATEST, merchant=merchant, order=order)
        if row is None:
            return None
        begun = row.seq is not None
        return OrderVersion(row.id, SnapshotVersion(row.seq, row.hash, row.as_of) if begun else None)
