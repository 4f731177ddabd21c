"""What one text of the search box finds: the newest orders of one meaning, and the parcels and returns it names."""

from collections.abc import Collection, Sequence

from sqlmodel import col, select

from store.engine.database import Database
from store.orders.search import OrderFilters, OrderMatch, orders_found
from store.tables.all import OrderRow, OrderTermRow, ParcelRow, ReturnRow


class SearchHits:
    """Reads of one merchant's orders, each by an index."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def orders(self, merchant: str, match: OrderMatch, limit: int) -> list[OrderRow]:
        """The newest orders that match."""
        if match.terms:
            return await self._with_terms(merchant, match.terms, limit)
        found = orders_found(merchant, OrderFilters(any_of=((match,),)))
        newest = found.order_by(col(OrderRow.created_at).desc(), col(OrderRow.id).desc()).limit(limit)
        async with self._db.read_one() as session:
            return [*(await session.exec(newest)).all()]

    async def _with_terms(self, merchant: str, terms: Sequence[str], limit: int) -> list[OrderRow]:
        """The terms are kept by the time of their order, so only the newest are read, however many there are."""
        first, *others = [(OrderTermRow.merchant == merchant, OrderTermRow.term == term) for term in terms]
        found = select(OrderTermRow.order).where(*first)
        for other in others:
            found = found.where(col(OrderTermRow.order).in_(select(OrderTermRow.order).where(*other)))
        found = found.order_by(col(OrderTermRow.created_at).desc(), col(OrderTermRow.order).desc()).limit(
            limit
        )
        async with self._db.read() as session:
            orders = (await session.exec(found)).all()
            rows = (await session.exec(select(OrderRow).where(col(OrderRow.id).in_(orders)))).all()
        by_id = {row.id: row for row in rows if row.merchant == merchant}
        return [by_id[order] for order in orders if order in by_id]

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
