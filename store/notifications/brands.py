"""Merchants' names, as their customers know them: of the branding, else the merchant's."""

from sqlalchemy import bindparam, func
from sqlmodel import col, select

from store.engine.database import Database
from store.tables.all import BrandingRow, MerchantRow

_NAME = (
    select(func.coalesce(func.nullif(col(BrandingRow.name), ""), MerchantRow.name).label("name"))
    .select_from(MerchantRow)
    .outerjoin(BrandingRow, col(BrandingRow.merchant) == col(MerchantRow.id))
    .where(col(MerchantRow.id) == bindparam("merchant"))
)


class Brands:
    """Reads the names of merchants."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str) -> str:
        """The name of that merchant; empty for an unknown one."""
        row = await self._db.fetch_row(_NAME, merchant=merchant)
        return str(row.name) if row else ""
