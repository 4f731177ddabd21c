"""Links that open an order once: which were used, beside the keys of requests, with which they are pruned."""

from typing import Final

from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import IdempotencyRow

ONE_TIME_LINK: Final = "one-time link"
"""In place of a route: such a row has no answer."""


class OneTimeLinks:
    """Uses of links. A link's own end comes long before its use is forgotten."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def use(self, merchant: str, link: str) -> bool:
        """Whether this is its first use, which is recorded."""
        row = IdempotencyRow(
            merchant=merchant, route=ONE_TIME_LINK, key=link, body_hash="", status="done", began_at=real_now()
        )
        async with self._db.write() as session:
            return await insert_new(session, row)

    async def is_used(self, merchant: str, link: str) -> bool:
        """Whether it was used."""
        async with self._db.read_one() as session:
            return await session.get(IdempotencyRow, (merchant, ONE_TIME_LINK, link)) is not None
