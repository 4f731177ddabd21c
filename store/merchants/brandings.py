"""How merchants' pages and letters are dressed: one row each, read with the merchant's name."""

from sqlalchemy import Executable, bindparam, select
from sqlmodel import col

from domain.branding import Branding
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.tables.all import BrandingRow, MerchantRow

_OF: Executable = (
    select(col(MerchantRow.name).label("merchant_name"), col(BrandingRow.document))
    .outerjoin(BrandingRow, col(BrandingRow.merchant) == col(MerchantRow.id))
    .where(col(MerchantRow.id) == bindparam("merchant"))
)


class Brandings:
    """The table of brandings."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str) -> tuple[str, Branding] | None:
        """The merchant's name and its branding; None for an unknown merchant."""
        row = await self._db.fetch_row(_OF, merchant=merchant)
        if row is None:
            return None
        return row.merchant_name, Branding.model_validate_json(row.document or "{}")

    async def put(self, merchant: str, branding: Branding) -> None:
        """From now on pages and letters of that merchant, which exists, look like this."""
        row = BrandingRow(
            merchant=merchant,
            name=branding.name,
            accent=branding.accent,
            reply_to=branding.reply_to,
            document=branding.model_dump_json(),
            updated_at=real_now(),
        )
        async with self._db.write() as session:
            await upsert_all(session, [row])
