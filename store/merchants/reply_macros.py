"""Texts that a merchant's agents answer with often."""

from sqlmodel import col, delete, select

from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.tables.all import ReplyMacroRow


class ReplyMacros:
    """The table of macros, of one merchant each."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str) -> list[ReplyMacroRow]:
        """All of the merchant's, by name."""
        found = select(ReplyMacroRow).where(ReplyMacroRow.merchant == merchant)
        async with self._db.read_one() as session:
            return [
                *(await session.exec(found.order_by(col(ReplyMacroRow.name), col(ReplyMacroRow.id)))).all()
            ]

    async def find(self, merchant: str, id: str) -> ReplyMacroRow | None:
        """The macro of that id."""
        async with self._db.read_one() as session:
            return await session.get(ReplyMacroRow, (merchant, id))

    async def put(self, merchant: str, id: str, name: str, text: str) -> None:
        """Write the macro of that id."""
        row = ReplyMacroRow(merchant=merchant, id=id, name=name, text=text, changed_at=real_now())
        async with self._db.write() as session:
            await upsert_all(session, [row])

    async def delete(self, merchant: str, id: str) -> bool:
        """Whether there was one of that id."""
        one = delete(ReplyMacroRow).where(
            col(ReplyMacroRow.merchant) == merchant, col(ReplyMacroRow.id) == id
        )
        async with self._db.write() as session:
            return (await session.exec(one)).rowcount == 1
