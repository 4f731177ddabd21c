"""Which links to an order are still good: each is of an epoch, and a revocation begins the next one."""

from sqlalchemy import bindparam
from sqlmodel import col, select, update

from store.audit import AuditLine, audit_row
from store.engine.database import Database
from store.tables.all import OrderRow

_EPOCH = select(OrderRow.links_epoch).where(
    col(OrderRow.id) == bindparam("order"), col(OrderRow.merchant) == bindparam("merchant")
)


class LinkEpochs:
    """The column `links_epoch` of orders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, merchant: str, order: str) -> int | None:
        """The epoch of the order's good links; None for an unknown order. `order`: our id."""
        row = await self._db.fetch_row(_EPOCH, merchant=merchant, order=order)
        return int(row.links_epoch) if row else None

    async def begin_next(self, merchant: str, line: AuditLine) -> None:
        """All links to the order of that line end, and the audit says who ended them."""
        mine = (col(OrderRow.id) == line.order, col(OrderRow.merchant) == merchant)
        async with self._db.write() as session:
            await session.exec(update(OrderRow).where(*mine).values(links_epoch=OrderRow.links_epoch + 1))
            session.add(audit_row(merchant, line))
