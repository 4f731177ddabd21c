"""How each user wants the console."""

from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.tables.all import ConsoleSettingsRow


class ConsoleSettings:
    """The table of settings; a user without a row has the usual ones."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, merchant: str, user: str) -> ConsoleSettingsRow:
        """The settings of that user."""
        async with self._db.read_one() as session:
            found = await session.get(ConsoleSettingsRow, (merchant, user))
        return found or ConsoleSettingsRow(merchant=merchant, user=user)

    async def put(self, row: ConsoleSettingsRow) -> None:
        """Write the settings of a user."""
        async with self._db.write() as session:
            await upsert_all(session, [row])
