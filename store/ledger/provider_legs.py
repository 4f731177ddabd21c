"""The legs that providers pay, read in the order of their keys, to compare them with the providers' own lists."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime

from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from domain import payment_keys
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.differences import LedgerRecord
from store.engine.database import Database
from store.tables.ledger import LegRow
from store.tables.orders import PaymentRow, SnapshotRow

PAGE = 5000  # rows that are read together
_FEW = 500  # values of one condition


class ProviderLegs:
    """Reads of the tables of legs and payments, of one merchant at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def since(self, merchant: str, provider: str, since: datetime) -> AsyncIterator[LedgerRecord]:
        """The legs that the provider pays and that were opened since then (real time), page by page, in the order of code points.

        PostgreSQL has another order of texts by default.
        """
        key, last = col(LegRow.key).collate("BINARY" if self._db.is_sqlite else "C"), ""
        while True:
            of_provider = (
                col(LegRow.merchant) == merchant,
                col(LegRow.provider) == provider,
                col(LegRow.created_at) >= since,
                key > last,
            )
            found = select(LegRow).where(*of_provider).order_by(key).limit(PAGE)
            async with self._db.read_one() as session:
                rows = (await session.exec(found)).all()
            for row in rows:
                yield ledger_record(row)
            if len(rows) < PAGE:
                return
            last = rows[-1].key

    async def by_key(self, merchant: str, legs: Collection[str]) -> dict[str, LedgerRecord]:
        """Those of these legs that the ledger has, whenever they were opened."""
        return {row.key: ledger_record(row) for row in await self._rows(merchant, col(LegRow.key), legs)}

    async def orders_of(self, merchant: str, payments: Collection[str]) -> dict[str, str]:
        """Our order of each of these payments that we know."""
        found: dict[str, str] = {}
        wanted = sorted(payments)
        for begin in range(0, len(wanted), _FEW):
            some = col(PaymentRow.payment).in_(wanted[begin : begin + _FEW])
            query = select(PaymentRow.payment, PaymentRow.order).where(PaymentRow.merchant == merchant, some)
            async with self._db.read_one() as session:
                found.update((await session.exec(query)).all())
        for whole in (
            one for one in wanted if one not in found and payment_keys.whole_payment(f"{one}-0") == one
        ):
            if (order := await self._order_of_whole(merchant, whole)) is not None:
                found[whole] = order
        return found

    async def _order_of_whole(self, merchant: str, payment: str) -> str | None:
        """The one order of ours that has parts of that payment; a storefront's dispute names the whole."""
        parts = col(PaymentRow.payment).startswith(f"{payment}-", autoescape=True)
        query = select(PaymentRow.order).where(PaymentRow.merchant == merchant, parts).distinct().limit(2)
        async with self._db.read_one() as session:
            orders = (await session.exec(query)).all()
        return orders[0] if len(orders) == 1 else None

    async def of_orders(self, merchant: str, orders: Collection[str]) -> list[LegRow]:
        """All legs of these orders."""
        return await self._rows(merchant, col(LegRow.order), orders)

    async def leg(self, merchant: str, leg: str) -> LegRow | None:
        """One leg."""
        async with self._db.read_one() as session:
            return await session.get(LegRow, (merchant, leg))

    async def external(self, merchant: str, refunds: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these refunds, by our order and the provider's reference, that are entered as made outside.

        Of one that two reported the ledger has the first report's name, and the order knows the second's.
        """
        orders = {order for order, _ in refunds}
        known: set[tuple[str, str]] = set()
        for row in await self._rows(merchant, col(LegRow.order), orders):
            for order, reference in refunds:
                occasion = payment_keys.occasion_of_external_refund(order, reference)
                if row.order == order and payment_keys.is_part_of(row.occasion, occasion):
                    known.add((order, reference))
        rest = {*refunds} - known
        return known | (await self._second_reports(merchant, {order for order, _ in rest}) & rest)

    async def _second_reports(self, merchant: str, orders: Collection[str]) -> set[tuple[str, str]]:
        """Refunds of these orders that were reported a second time, with their orders."""
        wanted, found = sorted(orders), set[tuple[str, str]]()
        for begin in range(0, len(wanted), _FEW):
            some = col(SnapshotRow.order).in_(wanted[begin : begin + _FEW])
            query = select(SnapshotRow.order, SnapshotRow.state).where(SnapshotRow.merchant == merchant, some)
            async with self._db.read_one() as session:
                states = (await session.exec(query)).all()
            for order, state in states:
                refunds = JourneyState.model_validate_json(state).external_refunds
                found |= {(order, one.refund) for one in refunds if one.same_as}
        return found

    async def merchants(self, provider: str, since: datetime) -> list[str]:
        """The merchants that this provider has paid for since then."""
        found = (
            select(LegRow.merchant)
            .where(LegRow.provider == provider, col(LegRow.created_at) >= since)
            .distinct()
        )
        async with self._db.read_one() as session:
            return sorted((await session.exec(found)).all())

    async def _rows(self, merchant: str, column: Mapped[str], values: Collection[str]) -> list[LegRow]:
        wanted, rows = sorted(values), list[LegRow]()
        for begin in range(0, len(wanted), _FEW):
            some = column.in_(wanted[begin : begin + _FEW])
            query = select(LegRow).where(LegRow.merchant == merchant, some)
            async with self._db.read_one() as session:
                rows += (await session.exec(query)).all()
        return rows


def ledger_record(row: LegRow) -> LedgerRecord:
    """The leg as comparisons need it; made without validation, as the row was validated when it was written."""
    return LedgerRecord.model_construct(
        leg=row.key,
        order=row.order,
        reference=row.reference,
        amount=Money.model_construct(minor=row.principal, currency=row.currency),
        status=row.status,
        opened=row.created_at,
        sent=row.sent_at,
    )
