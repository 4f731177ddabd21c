"""The kept bodies of deliveries, read page by page and emptied where they are about a person who is erased."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import and_, col, delete, select, update

from store.engine.database import Database
from store.inbox import unknown_parcels
from store.inbox.sealed_bodies import SealedBodies
from store.privacy.encryption import DeploymentKeys, Tampered
from store.tables.all import InboxRow, InboxWaitRow

PLATFORM = ""  # the merchant of deliveries of the deployment's mail relay
ERASED_REASON = "erased person"
_ENDED = ("done", "ignored")
_CLOSED = ("partly", "dead", "parked")  # they may be applied later, and are not any more without their body


class KeptBody(NamedTuple):
    """A body, opened. at: business time. is_queued: it is still to be applied, or waits until its merchant is resumed."""

    row: int
    is_queued: bool
    body: bytes
    source: str
    at: datetime


class KeptBodies:
    """`keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._bodies = db, SealedBodies(keys)

    async def page(self, merchants: Collection[str] | None, after: int, limit: int) -> list[KeptBody]:
        """The next bodies that are kept, by their number. One that does not open is empty.

        merchants: the one, and PLATFORM for deliveries that belong to no one merchant; None for a proof over all.
        """
        kept = select(InboxRow).where(col(InboxRow.id) > after, col(InboxRow.body) != b"")
        found = kept if merchants is None else kept.where(col(InboxRow.merchant).in_(merchants))
        found = found.order_by(col(InboxRow.id)).limit(limit)
        async with self._db.read_one() as session:
            rows = (await session.exec(found)).all()
        return [self._opened(row) for row in rows]

    def _opened(self, row: InboxRow) -> KeptBody:
        assert row.id is not None
        queued = row.status == "received" or (row.status, row.reason) == ("parked", "merchant_paused")
        try:
            body = self._bodies.open(row.merchant, (row.source, row.delivery_id), row.body)
        except Tampered:
            body = b""
        return KeptBody(row.id, queued, body, row.source, row.business_received_at)

    async def empty(self, merchants: Collection[str], rows: Sequence[int]) -> None:
        """Empty these, and end what waited. One that is applied again since it was read stays: the next search finds it."""
        ours = and_(col(InboxRow.merchant).in_(merchants), col(InboxRow.id).in_(rows))
        ended = update(InboxRow).where(ours, col(InboxRow.status).in_(_ENDED)).values(body=b"")
        closed = update(InboxRow).where(ours, col(InboxRow.status).in_(_CLOSED))
        async with self._db.write() as session:
            await session.exec(ended)
            await session.exec(closed.values(status="ignored", reason=ERASED_REASON, body=b""))
            gone = select(InboxRow.id).where(ours, col(InboxRow.body) == b"")
            await session.exec(delete(InboxWaitRow).where(col(InboxWaitRow.inbox).in_(gone)))
            await unknown_parcels.close_abandoned(session)
