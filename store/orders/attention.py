"""Open questions to people, over all orders of a merchant, with who works on each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as select_values
from sqlmodel import and_, col, or_, select

from store.engine.database import Database
from store.engine.paging import Page, cursor_of, page_of, parse_cursor
from store.tables.all import AttentionClaimRow, AttentionRow

_HELD = and_(
    col(AttentionClaimRow.merchant) == col(AttentionRow.merchant),
    col(AttentionClaimRow.item) == col(AttentionRow.item),
)
_NAME = col(AttentionRow.order) + "/" + col(AttentionRow.id)


def is_shown(now: datetime) -> ColumnElement[bool]:
    """Whether a question is one for people by then: a parcel may be unknown for an hour."""
    return or_(col(AttentionRow.order) != "", col(AttentionRow.opened_at) <= now)


@dataclass(frozen=True)
class AttentionFilters:
    """Which questions are wanted. Without a value a field does not count.

    owner: the role that decides. holder: who works on it; empty for those on which no person works, without the customers' own.
    overdue: whether its deadline has passed.
    order: our id.
    """

    owner: str | None = None
    kind: str | None = None
    holder: str | None = None
    overdue: bool | None = None
    order: str | None = None


ALL_QUESTIONS = AttentionFilters()


@dataclass(frozen=True)
class HeldQuestion:
    """A question, and who works on it since when; neither where no person does."""

    row: AttentionRow
    holder: str = ""
    claimed_at: datetime | None = None


@dataclass(frozen=True)
class QuestionCount:
    """How many open questions are alike in all of these. `holder`: empty where no person works on them."""

    kind: str
    owner: str
    holder: str
    overdue: bool
    count: int


class AttentionList:
    """Reads the questions that the commits of journeys write, and those about unknown parcels and payments."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self,
        merchant: str,
        now: datetime,
        filters: AttentionFilters = ALL_QUESTIONS,
        *,
        limit: int,
        cursor: str | None = None,
    ) -> Page[HeldQuestion]:
        """By deadline, the earliest first. Raises BadCursor. now: business time, for those about unknown parcels."""
        found = _with_holders().where(*_conditions(merchant, now, filters))
        if cursor is not None:
            at, row_id = parse_cursor(cursor)
            same = and_(col(AttentionRow.deadline) == at, row_id < _NAME)
            found = found.where(or_(col(AttentionRow.deadline) > at, same))
        async with self._db.read_one() as session:
            found = found.order_by(col(AttentionRow.deadline), _NAME).limit(limit + 1)
            rows = [_held(*one) for one in (await session.exec(found)).all()]
        return page_of(rows, limit, lambda it: cursor_of(it.row.deadline, f"{it.row.order}/{it.row.id}"))

    async def find(self, merchant: str, now: datetime, items: Collection[str]) -> list[HeldQuestion]:
        """Those of these questions that are open, by their names in the queue."""
        found = _with_holders().where(
            *_conditions(merchant, now, ALL_QUESTIONS), col(AttentionRow.item).in_(items)
        )
        async with self._db.read_one() as session:
            return [_held(*one) for one in (await session.exec(found)).all()]

    async def counts(self, merchant: str, now: datetime) -> list[QuestionCount]:
        """How many are open, by kind, owner, holder and whether they are overdue."""
        overdue = case((col(AttentionRow.deadline) <= now, 1), else_=0)
        alike = (col(AttentionRow.kind), col(AttentionRow.owner), col(AttentionClaimRow.holder), overdue)
        found = (
            select_values(*alike, func.count())
            .select_from(AttentionRow)
            .outerjoin(AttentionClaimRow, _HELD)
            .where(*_conditions(merchant, now, ALL_QUESTIONS))
            .group_by(*alike)
        )
        async with self._db.read_one() as session:
            rows = (await (await session.connection()).execute(found)).all()
        return [
            QuestionCount(kind, owner, holder or "", bool(late), n) for kind, owner, holder, late, n in rows
        ]

    async def marks(self, merchants: Collection[str]) -> dict[str, str]:
        """For each merchant with open questions a text that changes when one is opened, answered, claimed or released."""
        of = col(AttentionRow.merchant)
        found = (
            select_values(
                of,
                func.count(),
                func.max(AttentionRow.opened_at),
                func.max(AttentionRow.deadline),
                func.min(AttentionRow.item),
                func.max(AttentionRow.item),
                func.count(col(AttentionClaimRow.item)),
                func.max(AttentionClaimRow.claimed_at),
            )
            .select_from(AttentionRow)
            .outerjoin(AttentionClaimRow, _HELD)
            .where(of.in_(merchants))
            .group_by(of)
        )
        async with self._db.read_one() as session:
            rows = (await (await session.connection()).execute(found)).all()
        return {row[0]: str(tuple(row[1:])) for row in rows}


def _with_holders() -> Any:
    asked = (AttentionRow, AttentionClaimRow.holder, AttentionClaimRow.claimed_at)
    return select(*asked).select_from(AttentionRow).outerjoin(AttentionClaimRow, _HELD)


def _held(row: AttentionRow, holder: str | None, claimed_at: datetime | None) -> HeldQuestion:
    return HeldQuestion(row, holder or "", claimed_at)


def _conditions(merchant: str, now: datetime, filters: AttentionFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(AttentionRow.merchant) == merchant, is_shown(now)]
    if filters.owner is not None:
        conditions.append(col(AttentionRow.owner) == filters.owner)
    if filters.kind is not None:
        conditions.append(col(AttentionRow.kind) == filters.kind)
    if filters.order is not None:
        conditions.append(col(AttentionRow.order) == filters.order)
    if filters.holder is not None:
        holder = col(AttentionClaimRow.holder)
        unassigned = and_(holder.is_(None), col(AttentionRow.owner) != "customer")
        conditions.append(holder == filters.holder if filters.holder else unassigned)
    if filters.overdue is not None:
        late = col(AttentionRow.deadline) <= now
        conditions.append(late if filters.overdue else ~late)
    return conditions
