"""Merchants' names, as their customers know them."""

from sqlalchemy import bindparam
from sqlmodel import col, select

from store.engine.database import Database
from store.tables.all import MerchantRow

_NAME = select(MerchantRow.name).where(col(MerchantRow.id) == bindparam("merchant"))


class Brands:
    """Reads the names of merchants."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str) -> str:
        """The name of that merchant; empty for an unknown one."""
        row = await self._db.fetch_row(_NAME, merchant=merchant)
        return str(row.name) if row else ""
