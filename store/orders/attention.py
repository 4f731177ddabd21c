"""Open questions to people, over all orders of a merchant."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select

from store.engine.database import Database
from store.engine.paging import Page, cursor_of, page_of, parse_cursor
from store.tables.all import AttentionRow, OrderRow


def is_shown(now: datetime) -> ColumnElement[bool]:
    """Whether a question is one for people by then: a parcel may be unknown for an hour."""
    return or_(col(AttentionRow.order) != "", col(AttentionRow.opened_at) <= now)


class AttentionList:
    """Reads the questions that the commits of journeys write, and those about unknown parcels."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self,
        merchant: str,
        now: datetime,
        *,
        limit: int,
        cursor: str | None = None,
        wanted: Mapping[str, str] = {},
    ) -> Page[AttentionRow]:
        """By deadline, the earliest first. Raises BadCursor.

        now: business time, for those about unknown parcels.
        wanted: values that columns must have, as `owner`.
        """
        found = select(AttentionRow).where(AttentionRow.merchant == merchant, is_shown(now))
        found = found.filter_by(**wanted)
        name = col(AttentionRow.order) + "/" + col(AttentionRow.id)
        if cursor is not None:
            at, row_id = parse_cursor(cursor)
            same = and_(col(AttentionRow.deadline) == at, name > row_id)
            found = found.where(or_(col(AttentionRow.deadline) > at, same))
        async with self._db.read() as session:
            found = found.order_by(col(AttentionRow.deadline), name).limit(limit + 1)
            rows = [*(await session.exec(found)).all()]
        return page_of(rows, limit, lambda row: cursor_of(row.deadline, f"{row.order}/{row.id}"))

    async def order_ids(self, merchant: str, orders: Collection[str]) -> dict[str, str]:
        """The shop's own ids of these orders, by ours."""
        found = select(OrderRow.id, OrderRow.order_id).where(
            OrderRow.merchant == merchant, col(OrderRow.id).in_(orders)
        )
        async with self._db.read() as session:
            return dict((await session.exec(found)).all())
