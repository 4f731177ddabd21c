"""What one text of the search box finds: the newest orders of one meaning, and the parcels and returns it names."""

from collections.abc import Collection

from sqlmodel import col, select

from store.engine.database import Database
from store.orders.search import OrderFilters, OrderMatch, orders_found
from store.tables.all import OrderRow, ParcelRow, ReturnRow


class SearchHits:
    """Reads of one merchant's orders, each by an index."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def orders(self, merchant: str, match: OrderMatch, limit: int) -> list[OrderRow]:
        """The newest orders that match."""
        found = orders_found(merchant, OrderFilters(any_of=((match,),)))
        newest = found.order_by(col(OrderRow.created_at).desc(), col(OrderRow.id).desc()).limit(limit)
        async with self._db.read_one() as session:
            return [*(await session.exec(newest)).all()]

    async def parcels(self, merchant: str, number: str, orders: Collection[str]) -> dict[str, ParcelRow]:
        """The parcels with that normalized number, by their orders."""
        found = select(ParcelRow).where(
            ParcelRow.merchant == merchant,
            ParcelRow.normalized_number == number,
            col(ParcelRow.order).in_(orders),
        )
        async with self._db.read_one() as session:
            return {row.order: row for row in (await session.exec(found)).all()}

    async def returns(self, merchant: str, match: OrderMatch) -> dict[str, ReturnRow]:
        """The returns with that number or that drop-off code, by their orders."""
        found = select(ReturnRow).where(
            ReturnRow.merchant == merchant,
            ReturnRow.number == match.return_number
            if match.return_number is not None
            else col(ReturnRow.code_hash) == match.code_hash,
        )
        async with self._db.read_one() as session:
            return {row.order: row for row in (await session.exec(found)).all()}
