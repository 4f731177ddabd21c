"""The persons of a merchant: by what they are found, and by which numbers and names what is kept of them is found."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import case, col, func, or_, select

from store.engine.database import Database
from store.tables.all import (
    AttentionRow,
    CreditLot,
    CustomerLanguageRow,
    LetterRow,
    OrderRow,
    OrderTermRow,
    ParcelRow,
    PaymentRow,
    PersonKeyRow,
    PreferenceRow,
    ReturnRow,
    SnapshotRow,
)

_FEW = 500  # values in one condition
_ENDED = ("closed", "cancelled")


class Persons:
    """Reads of one merchant's orders by their customers. `customers`: our `cus_…`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def customers_with(self, merchant: str, term: str) -> list[str]:
        """The customers of all orders that are found by that term of the index."""
        orders = select(OrderTermRow.order).where(
            OrderTermRow.merchant == merchant, OrderTermRow.term == term
        )
        found = select(OrderRow.customer).where(OrderRow.merchant == merchant, col(OrderRow.id).in_(orders))
        async with self._db.read_one() as session:
            return sorted(set((await session.exec(found)).all()))

    async def customers_of(self, merchant: str, order_ids: Sequence[str]) -> list[str]:
        """The customers of these orders, by the merchant's own ids or ours."""
        named = or_(col(OrderRow.order_id).in_(order_ids[:_FEW]), col(OrderRow.id).in_(order_ids[:_FEW]))
        found = select(OrderRow.customer).where(OrderRow.merchant == merchant, named)
        async with self._db.read_one() as session:
            return sorted(set((await session.exec(found)).all()))

    async def customers_from(self, merchant: str, after: str, limit: int) -> list[str]:
        """A page of all customers, in order."""
        found = select(OrderRow.customer).where(OrderRow.merchant == merchant, OrderRow.customer > after)
        async with self._db.read_one() as session:
            query = found.distinct().order_by(col(OrderRow.customer)).limit(limit)
            return [*(await session.exec(query)).all()]

    async def orders(
        self, merchant: str, customers: Collection[str], after: str = "", limit: int = 50
    ) -> list[OrderRow]:
        """A page of these customers' orders, by their ids."""
        theirs = (OrderRow.merchant == merchant, col(OrderRow.customer).in_(customers))
        found = select(OrderRow).where(*theirs, OrderRow.id > after).order_by(col(OrderRow.id)).limit(limit)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def counts(self, merchant: str, customers: Collection[str]) -> tuple[int, int]:
        """How many orders these customers have, and how many of these are still under way."""
        theirs = (OrderRow.merchant == merchant, col(OrderRow.customer).in_(customers))
        count = select(func.count()).select_from(OrderRow).where(*theirs)
        async with self._db.read() as session:
            every = (await session.exec(count)).one()
            under_way = (await session.exec(count.where(col(OrderRow.stage).not_in(_ENDED)))).one()
        return every, under_way

    async def ended(self, merchant: str, before: datetime, after: str, limit: int) -> list[str]:
        """A page of the customers whose key is kept and who left: all their orders ended before that business time.

        A customer with store credit, an open question or money under way is none of them.
        """
        keyed = select(PersonKeyRow.customer).where(PersonKeyRow.merchant == merchant)
        asked = select(AttentionRow.order).where(AttentionRow.merchant == merchant)
        owed = select(CreditLot.customer).where(CreditLot.merchant == merchant, CreditLot.remaining > 0)
        live = or_(
            col(OrderRow.stage).not_in(_ENDED),
            col(OrderRow.payments_pending) > 0,
            col(OrderRow.id).in_(asked),
            func.coalesce(col(SnapshotRow.as_of), OrderRow.placed_at) >= before,
        )
        theirs = (OrderRow.merchant == merchant, OrderRow.customer > after)
        known = (col(OrderRow.customer).in_(keyed), col(OrderRow.customer).not_in(owed))
        found = (
            select(OrderRow.customer)
            .join(SnapshotRow, col(SnapshotRow.order) == OrderRow.id, isouter=True)
            .where(*theirs, *known)
            .group_by(col(OrderRow.customer))
            .having(func.sum(case((live, 1), else_=0)) == 0)
            .order_by(col(OrderRow.customer))
            .limit(limit)
        )
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def choices(self, merchant: str, customers: Collection[str]) -> list[PreferenceRow]:
        """What these customers chose to be sent, oldest first; at most a few hundred choices."""
        theirs = (PreferenceRow.merchant == merchant, col(PreferenceRow.customer).in_(customers))
        found = select(PreferenceRow).where(*theirs).order_by(col(PreferenceRow.id)).limit(_FEW)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def languages(self, merchant: str, customers: Collection[str]) -> list[CustomerLanguageRow]:
        """The languages that they chose."""
        theirs = (CustomerLanguageRow.merchant == merchant, col(CustomerLanguageRow.customer).in_(customers))
        async with self._db.read_one() as session:
            return [*(await session.exec(select(CustomerLanguageRow).where(*theirs))).all()]

    async def credit(self, merchant: str, customers: Collection[str]) -> list[CreditLot]:
        """Their store credit by origin, oldest first; at most a few hundred lots."""
        theirs = (CreditLot.merchant == merchant, col(CreditLot.customer).in_(customers))
        found = select(CreditLot).where(*theirs).order_by(col(CreditLot.id)).limit(_FEW)
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def numbers(self, merchant: str, orders: Collection[str]) -> list[str]:
        """The numbers of parcels, payments, returns and letters of these orders."""
        found: list[str] = []
        async with self._db.read() as session:
            for row, value in (
                (ParcelRow, ParcelRow.tracking_number),
                (PaymentRow, PaymentRow.payment),
                (ReturnRow, ReturnRow.number),
                (LetterRow, LetterRow.reference),
            ):
                query = select(value).where(row.merchant == merchant, col(row.order).in_(orders))
                found += (await session.exec(query)).all()
        return found
