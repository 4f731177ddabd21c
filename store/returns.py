"""Returns by id or by drop-off code, and lists of them: to find the order that knows everything about it."""

from sqlmodel import and_, col, or_, select

from store.database import Database
from store.paging import Page, cursor_of, place_of
from store.tables import ReturnRow


class Returns:
    """The look-up of returns, written by the journeys' commits."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, return_id: str) -> ReturnRow | None:
        """By our `ret_…`."""
        async with self._db.read() as session:
            row = await session.get(ReturnRow, return_id)
        return row if row is not None and row.merchant == merchant else None

    async def by_code(self, merchant: str, code_hash: str) -> ReturnRow | None:
        """By the hash of its drop-off code."""
        found = select(ReturnRow).where(ReturnRow.merchant == merchant, ReturnRow.code_hash == code_hash)
        async with self._db.read() as session:
            return (await session.exec(found)).first()

    async def page(
        self,
        merchant: str,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
        order: str | None = None,
    ) -> Page[ReturnRow]:
        """Newest first. Raises BadCursor."""
        found = select(ReturnRow).where(ReturnRow.merchant == merchant)
        if status is not None:
            found = found.where(ReturnRow.status == status)
        if order is not None:
            found = found.where(ReturnRow.order == order)
        if cursor is not None:
            at, row_id = place_of(cursor)
            same = and_(col(ReturnRow.opened_at) == at, col(ReturnRow.id) < row_id)
            found = found.where(or_(col(ReturnRow.opened_at) < at, same))
        found = found.order_by(col(ReturnRow.opened_at).desc(), col(ReturnRow.id).desc()).limit(limit + 1)
        async with self._db.read() as session:
            rows = [*(await session.exec(found)).all()]
        more = cursor_of(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
        return Page(rows[:limit], more)
