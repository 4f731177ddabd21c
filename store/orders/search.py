"""Orders by what they are found by: hashed terms, numbers of parcels and returns, payments, and filters of the list.

Every match begins at an index and not at the list of orders, so that a search costs what it finds and not what there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, union
from sqlalchemy.orm import Mapped
from sqlmodel import and_, col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from store.engine.database import Database
from store.engine.inserts import insert_all_new
from store.engine.paging import Page, newest_first, parse_cursor
from store.privacy.vault import BlindTerm
from store.tables.all import AttentionRow, OrderRow, OrderTermRow, ParcelRow, PaymentRow, ReturnRow


@dataclass(frozen=True)
class OrderMatch:
    """One way to find orders: exactly one of these is given.

    terms: of the index; all of them must match.
    tracking_number: normalized.
    code_hash: of a return's drop-off code.
    order: the merchant's order id, or ours.
    """

    terms: tuple[str, ...] = ()
    tracking_number: str | None = None
    return_number: str | None = None
    code_hash: str | None = None
    payment: str | None = None
    order: str | None = None


@dataclass(frozen=True)
class OrderFilters:
    """Which orders are wanted. Without a value a field does not count.

    any_of: groups of matches: of each group at least one must match.
    customer: our `cus_…`.
    placed_from, placed_until: from that instant, and before that one; the list is then by the time of placing.
    has_attention: whether a question is open.
    """

    any_of: tuple[tuple[OrderMatch, ...], ...] = ()
    stage: str | None = None
    customer: str | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None
    has_attention: bool | None = None

    @property
    def only_matches(self) -> bool:
        """Whether the newest of what it finds are the newest of one of its matches."""
        return len(self.any_of) == 1 and self == OrderFilters(any_of=self.any_of)


@dataclass(frozen=True)
class NewestPart:
    """The newest orders, as many as that; where `before` is given, those that stand behind that time and id."""

    limit: int
    before: tuple[datetime, str] | None = None


class OrderIndex:
    """Pages of one merchant's orders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self, merchant: str, filters: OrderFilters, *, limit: int, cursor: str | None = None
    ) -> Page[OrderRow]:
        """Newest first. Raises BadCursor."""
        by = _order_by(filters), col(OrderRow.id)
        part = (
            NewestPart(limit + 1, parse_cursor(cursor) if cursor else None) if filters.only_matches else None
        )
        return await newest_first(self._db, orders_found(merchant, filters, part), by, limit, cursor)


def orders_found(
    merchant: str, filters: OrderFilters, part: NewestPart | None = None
) -> SelectOfScalar[OrderRow]:
    """The query, without its order and limit. part: of each match no more is read, for filters with nothing but matches."""
    found = select(OrderRow)
    groups = [[_matching(merchant, match, part) for match in group] for group in filters.any_of]
    if filters.has_attention:
        groups.append([_with_attention(merchant)])
    for group in groups:
        ids = union(*group).subquery()
        found = found.join(ids, col(OrderRow.id) == next(iter(ids.c)))
    return found.where(OrderRow.merchant == merchant, *_conditions(merchant, filters))


def _order_by(filters: OrderFilters) -> Mapped[datetime]:
    dated = filters.placed_from is not None or filters.placed_until is not None
    return col(OrderRow.placed_at) if dated else col(OrderRow.created_at)


def _conditions(merchant: str, filters: OrderFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.stage is not None:
        conditions.append(col(OrderRow.stage) == filters.stage)
    if filters.customer is not None:
        conditions.append(col(OrderRow.customer) == filters.customer)
    if filters.placed_from is not None:
        conditions.append(col(OrderRow.placed_at) >= filters.placed_from)
    if filters.placed_until is not None:
        conditions.append(col(OrderRow.placed_at) < filters.placed_until)
    if filters.has_attention is False:
        conditions.append(col(OrderRow.id).not_in(_with_attention(merchant)))
    return conditions


def _with_attention(merchant: str) -> SelectOfScalar[str]:
    return select(AttentionRow.order).where(AttentionRow.merchant == merchant, AttentionRow.order != "")


def _matching(merchant: str, match: OrderMatch, part: NewestPart | None) -> SelectOfScalar[str]:
    """The ids of the orders that match."""
    if match.terms:
        found = _with_terms(merchant, match.terms)
        return found if part is None else _newest(found, part)
    if match.tracking_number is not None:
        return select(ParcelRow.order).where(
            ParcelRow.merchant == merchant, ParcelRow.normalized_number == match.tracking_number
        )
    if match.return_number is not None:
        return select(ReturnRow.order).where(
            ReturnRow.merchant == merchant, ReturnRow.number == match.return_number
        )
    if match.code_hash is not None:
        return select(ReturnRow.order).where(
            ReturnRow.merchant == merchant, ReturnRow.code_hash == match.code_hash
        )
    if match.payment is not None:
        return select(PaymentRow.order).where(
            PaymentRow.merchant == merchant, PaymentRow.payment == match.payment
        )
    return _named(merchant, match.order or "")


def _named(merchant: str, order: str) -> SelectOfScalar[str]:
    """By either id."""
    return select(OrderRow.id).where(
        OrderRow.merchant == merchant, or_(col(OrderRow.order_id) == order, col(OrderRow.id) == order)
    )


def _with_terms(merchant: str, terms: Sequence[str]) -> SelectOfScalar[str]:
    first, *others = terms
    found = _with_term(merchant, first)
    for term in others:
        found = found.where(col(OrderTermRow.order).in_(_with_term(merchant, term)))
    return found


def _newest(found: SelectOfScalar[str], part: NewestPart) -> SelectOfScalar[str]:
    """Terms are kept by the time of their order: only as many are read as are shown, however many there are."""
    at, order = col(OrderTermRow.created_at), col(OrderTermRow.order)
    if part.before is not None:
        time, last = part.before
        found = found.where(or_(at < time, and_(at == time, order < last)))
    some = found.order_by(at.desc(), order.desc()).limit(part.limit).subquery()
    return select(next(iter(some.c)))


def _with_term(merchant: str, term: str) -> SelectOfScalar[str]:
    return select(OrderTermRow.order).where(OrderTermRow.merchant == merchant, OrderTermRow.term == term)


async def write_terms(session: AsyncSession, row: OrderRow, terms: Sequence[BlindTerm]) -> None:
    """Write what the order is found by, in the transaction that writes the order."""
    await insert_all_new(
        session,
        [
            OrderTermRow(
                merchant=row.merchant,
                term=term.term,
                created_at=row.created_at,
                order=row.id,
                personal=term.personal,
            )
            for term in dict.fromkeys(terms)
        ],
    )


async def replace_terms(session: AsyncSession, row: OrderRow, terms: Sequence[BlindTerm]) -> None:
    """What the order is found by from now on, in the transaction that changes its customer or number."""
    await session.exec(delete(OrderTermRow).where(col(OrderTermRow.order) == row.id))
    await write_terms(session, row, terms)
