"""The table of nightly runs, by which data are deleted that are kept long enough."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, select

from store.engine.database import Database
from store.engine.inserts import insert_new
from store.tables.all import MerchantRow, RetentionRunRow


class LastRun(NamedTuple):
    """`deleted`: how much of each kind."""

    ran_at: datetime
    deleted: dict[str, int]


class RetentionRuns:
    """One row a merchant: of its last night."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def due(self, night: datetime) -> list[str]:
        """The merchants without a run since then, by id; only for work of the platform itself."""
        ran = select(RetentionRunRow.merchant).where(col(RetentionRunRow.ran_at) >= night)
        found = select(MerchantRow.id).where(col(MerchantRow.id).not_in(ran)).order_by(col(MerchantRow.id))
        async with self._db.read_one() as session:
            return [*(await session.exec(found)).all()]

    async def last(self, merchant: str) -> LastRun | None:
        """None before the first run."""
        async with self._db.read_one() as session:
            row = await session.get(RetentionRunRow, merchant)
        return LastRun(row.ran_at, json.loads(row.deleted)) if row is not None else None

    async def record(self, merchant: str, now: datetime, night: datetime, deleted: Mapping[str, int]) -> None:
        """It has run. What another run of the same night deleted is added."""
        async with self._db.write() as session:
            fresh = RetentionRunRow(merchant=merchant, ran_at=now, deleted=json.dumps(dict(deleted)))
            if await insert_new(session, fresh):
                return
            row = await session.get_one(RetentionRunRow, merchant, with_for_update=True)
            before = json.loads(row.deleted) if row.ran_at >= night else {}
            row.deleted = json.dumps({kind: count + before.get(kind, 0) for kind, count in deleted.items()})
            row.ran_at = now
