"""The origins whose pages may call the API with links of a merchant's customers."""

from collections.abc import Sequence

from sqlmodel import col, delete, select

from store.engine.database import Database
from store.tables.all import AllowedOriginRow


class StoredOrigins:
    """The table of allowed origins."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def replace(self, merchant: str, origins: Sequence[str]) -> None:
        """Allow exactly these."""
        async with self._db.write() as session:
            await session.exec(delete(AllowedOriginRow).where(col(AllowedOriginRow.merchant) == merchant))
            session.add_all([AllowedOriginRow(merchant=merchant, origin=one) for one in sorted({*origins})])

    async def of(self, merchant: str) -> list[str]:
        """The merchant's, sorted."""
        async with self._db.read_one() as session:
            found = select(AllowedOriginRow.origin).where(AllowedOriginRow.merchant == merchant)
            return sorted((await session.exec(found)).all())

    async def merchants_of(self, origin: str) -> list[str]:
        """The merchants that allow it, sorted."""
        async with self._db.read_one() as session:
            found = select(AllowedOriginRow.merchant).where(AllowedOriginRow.origin == origin)
            return sorted((await session.exec(found)).all())
