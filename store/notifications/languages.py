"""The languages that customers chose; who chose none has the one that the storefront sent with the order."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.tables.all import CustomerLanguageRow

_CHOSEN = select(CustomerLanguageRow.language).where(
    col(CustomerLanguageRow.merchant) == bindparam("merchant"),
    col(CustomerLanguageRow.customer) == bindparam("customer"),
)


class CustomerLanguages:
    """The table of chosen languages. `customer`: our `cus_…`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, customer: str) -> str:
        """The language as BCP 47; empty for a customer who chose none."""
        row = await self._db.fetch_row(_CHOSEN, merchant=merchant, customer=customer)
        return str(row.language) if row else ""

    async def choose(self, merchant: str, customer: str, language: str, at: datetime) -> None:
        """From now on letters and pages are in that language. `at`: business time."""
        row = CustomerLanguageRow(merchant=merchant, customer=customer, language=language, at=at)
        async with self._db.write() as session:
            await upsert_all(session, [row])
