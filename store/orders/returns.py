"""Lists of returns: to find their orders, whose snapshots have all of them."""

from sqlmodel import col, select

from store.engine.database import Database
from store.engine.paging import Page, newest_first
from store.tables.all import ReturnRow


class Returns:
    """Reads the returns that the commits of journeys write."""

    def __init__(self, db: Database) -> None:
        self._db = db

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
