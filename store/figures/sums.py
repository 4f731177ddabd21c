"""Sums of facts: batches of facts are added to the sums of their days, and figures are read from these alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, text, update
from sqlalchemy import select as select_values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import figure_keys
from domain.figures.fact import FactKind, FigureFact
from domain.figures.kpis import Dimension
from domain.figures.sums import SumLine
from store.engine.database import Database
from store.figures.facts import fact_row, write_facts
from store.tables.all import METADATA
from store.tables.figures import NOT_ADDED, FigureFactRow, FigureSumRow
from store.tables.orders import OrderRow

_BATCH = 20_000  # facts in one transaction
_PENDING = select(FigureFactRow.merchant).where(NOT_ADDED).distinct()
_AGAIN_WITHIN = timedelta(days=90)
_ALIKE = ("merchant", "day", "kind", "carrier", "country", "sku", "reason", "currency", "bucket")


@dataclass(frozen=True)
class SumQuestion:
    """Which sums: of the days from `first` to `last`, of facts of these kinds with these dimensions, by `group` if any.

    due: kinds that count to the day `due_until` only.
    """

    merchant: str
    first: date
    last: date
    having: Mapping[Dimension, str]
    group: str | None = None
    kinds: tuple[FactKind, ...] = ()
    due: Collection[FactKind] = ()
    due_until: date = date.max


class FigureSums:
    """The sums of all merchants."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def pending(self) -> list[str]:
        """The merchants that have facts which are in no sum yet."""
        return [row.merchant for row in await self._db.fetch_rows(_PENDING)]

    async def add_up(self, merchant: str) -> None:
        """Add all facts that are in no sum yet to the sums of their days."""
        batches = 0
        while await self._has_pending(merchant):
            async with self._db.exclusive(figure_keys.sums_lock(merchant)), self._db.write() as session:
                batch = await _number_batch(session, merchant)
                await _find_bought_again(session, merchant, batch)
                await session.exec(_addition(merchant, batch, self._db.is_sqlite))
            batches += 1
        if batches > 1 and not self._db.is_sqlite:
            await self._count_rows()

    async def _count_rows(self) -> None:
        """After many facts at once PostgreSQL still plans for as few sums as before, until it has counted them."""
        async with self._db.write() as session:
            await (await session.connection()).execute(text("ANALYZE figure_sums"))

    async def _has_pending(self, merchant: str) -> bool:
        pending = select(FigureFactRow.id).where(FigureFactRow.merchant == merchant, NOT_ADDED)
        async with self._db.read_one() as session:
            return (await session.exec(pending.limit(1))).first() is not None

    async def read(self, question: SumQuestion) -> list[tuple[str, SumLine]]:
        """The sums that answer it, each with its group as text."""
        async with self._db.read_one() as session:
            rows = (await session.exec(_sums_of(question))).all()
        return [(str(group), SumLine(*rest)) for group, *rest in rows]


async def _number_batch(session: AsyncSession, merchant: str) -> int:
    """Give the oldest facts without a number the next one. Facts that commit later get a later number."""
    row = FigureFactRow
    newest = select(func.coalesce(func.max(row.batch), 0)).where(row.merchant == merchant)
    number = int((await session.exec(newest)).one()) + 1
    oldest = select_values(col(row.id)).where(col(row.merchant) == merchant, NOT_ADDED)
    some = oldest.order_by(col(row.id)).limit(_BATCH)
    await session.exec(update(row).where(col(row.id).in_(some)).values(batch=number))
    return number


def _addition(merchant: str, batch: int, on_sqlite: bool) -> Any:
    """One statement that adds the batch to the sums."""
    facts, sums = (METADATA.tables[one] for one in ("figure_facts", "figure_sums"))
    alike = [facts.c[name] for name in _ALIKE]
    added = (
        select_values(*alike, func.sum(facts.c.times), func.sum(facts.c.value))
        .where(facts.c.merchant == merchant, facts.c.batch == batch)
        .group_by(*alike)
    )
    insert = (sqlite.insert if on_sqlite else postgresql.insert)(sums)
    fresh = insert.from_select([*_ALIKE, "times", "value"], added)
    total = {name: sums.c[name] + fresh.excluded[name] for name in ("times", "value")}
    return fresh.on_conflict_do_update(index_elements=list(_ALIKE), set_=total)


async def _find_bought_again(session: AsyncSession, merchant: str, batch: int) -> None:
    """For each order of the batch: the returns of its customer that were resolved within the 90 days before it."""
    rows = []
    for done, placed_on in (await session.exec(_resolved_before(merchant, batch))).all():
        if timedelta(0) <= placed_on - done.day <= _AGAIN_WITHIN:
            again = FigureFact(
                "bought_again", done.subject, done.day, country=done.country, reason=done.reason
            )
            key = figure_keys.bought_again(done.order, done.subject)
            rows.append(fact_row(merchant, done.order, key, again, done.at, batch=batch))
    await write_facts(session, rows)


def _resolved_before(merchant: str, batch: int) -> Any:
    """The resolved returns of other orders of the customers of the batch's new orders, each with the day of the new one."""
    fact, resolved = FigureFactRow, aliased(FigureFactRow)
    order, earlier = aliased(OrderRow), aliased(OrderRow)
    same_customer = and_(
        col(earlier.merchant) == order.merchant,
        col(earlier.customer) == order.customer,
        col(earlier.id) != order.id,
    )
    of_earlier = and_(col(resolved.merchant) == earlier.merchant, col(resolved.order) == earlier.id)
    return (
        select_values(resolved, col(fact.day))
        .select_from(fact)
        .join(order, col(order.id) == fact.order)
        .join(earlier, same_customer)
        .join(resolved, of_earlier)
        .where(col(fact.merchant) == merchant, col(fact.batch) == batch)
        .where(col(fact.kind) == "order", col(fact.times) == 1)
        .where(col(resolved.kind) == "resolved", col(resolved.times) == 1)
    )


def _sums_of(question: SumQuestion) -> Any:
    row = FigureSumRow
    group = col(getattr(row, question.group)) if question.group else literal("")
    over = (
        [or_(col(row.day) <= question.due_until, col(row.kind).not_in(question.due))]
        if question.due and question.due_until < question.last
        else []
    )
    said = [group.label("of"), col(row.kind), col(row.reason), col(row.currency), col(row.bucket)]
    return (
        select_values(*said, func.sum(row.times), func.sum(row.value))
        .where(col(row.merchant) == question.merchant, col(row.day).between(question.first, question.last))
        .where(col(row.kind).in_(question.kinds), *over)
        .where(*(col(getattr(row, name)) == text for name, text in question.having.items()))
        .group_by(*said)
    )
