"""Returns by id or by drop-off code, and lists of them: to find the order, whose snapshot has all of it."""

from sqlmodel import col, select

from store.engine.database import Database
from store.engine.paging import Page, newest_first
from store.tables.all import ReturnRow


class Returns:
    """Reads the returns that the commits of journeys write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, merchant: str, return_id: str) -> ReturnRow | None:
        """By our `ret_…`."""
        async with self._db.read_one() as session:
            row = await session.get(ReturnRow, return_id)
        return row if row is not None and row.merchant == merchant else None

    async def by_code(self, merchant: str, code_hash: str) -> ReturnRow | None:
        """By the hash of its drop-off code."""
        found = select(ReturnRow).where(ReturnRow.merchant == merchant, ReturnRow.code_hash == code_hash)
        async with self._db.read_one() as session:
            return (await session.exec(found)).first()

    async def page(
        self,
        merchant: str,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
    ) -> Page[ReturnRow]:
        """Newest first. Raises BadCursor."""
        found = select(ReturnRow).where(ReturnRow.merchant == merchant)
        if status is not None:
            found = found.where(ReturnRow.status == status)
        by = (col(ReturnRow.opened_at), col(ReturnRow.id))
        return await newest_first(self._db, found, by, limit, cursor)
