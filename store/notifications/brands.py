"""Merchants' names, as their customers know them: of the branding, else the merchant's."""

from typing import NamedTuple

from sqlalchemy import bindparam, func
from sqlmodel import col, select

from store.engine.database import Database
from store.tables.all import BrandingRow, MerchantRow

_LOOKS = (
    select(
        func.coalesce(func.nullif(col(BrandingRow.name), ""), MerchantRow.name).label("name"),
        func.coalesce(col(BrandingRow.accent), "").label("accent"),
    )
    .select_from(MerchantRow)
    .outerjoin(BrandingRow, col(BrandingRow.merchant) == col(MerchantRow.id))
    .where(col(MerchantRow.id) == bindparam("merchant"))
)


class BrandLooks(NamedTuple):
    """How the pages behind a merchant's letters look. accent: as `#0b5a47`, or empty."""

    name: str
    accent: str


class Brands:
    """Reads the names of merchants."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str) -> str:
        """The name of that merchant; empty for an unknown one."""
        return (await self.appearance(merchant)).name

    async def appearance(self, merchant: str) -> BrandLooks:
        """Name and colour of that merchant; empty for an unknown one."""
        row = await self._db.fetch_row(_LOOKS, merchant=merchant)
        return BrandLooks(str(row.name), str(row.accent)) if row else BrandLooks("", "")
