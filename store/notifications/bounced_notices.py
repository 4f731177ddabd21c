"""Notices whose letter came back after it had left: queued again, for the next channel."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import and_, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine.columns import real_now
from store.engine.database import Database
from store.notifications import frequency_cap
from store.notifications.delivery_attempts import NEVER_ATTEMPTED, last_slot
from store.tables.all import OutboxRow


class BouncedNotices:
    """Reads and changes the outbox for notices that have left by e-mail. `now` is real time."""

    def __init__(self, db: Database, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._now = db, now

    async def in_letter(self, merchant: str, message_id: str) -> list[OutboxRow]:
        """The notices that left in that e-mail, in the order in which they were written."""
        these = and_(col(OutboxRow.merchant) == merchant, col(OutboxRow.sent_as) == message_id)
        found = select(OutboxRow).where(these, col(OutboxRow.channel) == "email")
        async with self._db.read_one() as session:
            return [*(await session.exec(found.order_by(col(OutboxRow.id)))).all()]

    async def requeue(self, row: OutboxRow) -> bool:
        """Queue the notice again without e-mail; False when it did not leave by e-mail, or was queued before.

        Its slot in the frequency cap is free again: the letter did not arrive.
        """
        async with self._db.write() as session:
            counter = row.cap_day and await frequency_cap.lock_counter(
                session, row.merchant, row.customer, row.cap_day
            )
            slot = await last_slot(session, row)
            queued = await self._queue(session, row)
            if queued and counter and slot:
                counter.release_slot(slot)
        return queued

    async def _queue(self, session: AsyncSession, row: OutboxRow) -> bool:
        left = and_(
            col(OutboxRow.id) == row.id, col(OutboxRow.status) == "sent", col(OutboxRow.channel) == "email"
        )
        fresh = {
            **NEVER_ATTEMPTED, "status": "queued", "reason": "bounced", "attempts": 0, "sent_at": None,
            "created_at": self._now(), "not_before": self._now(),
            "bounced_channels": ",".join(filter(None, (row.bounced_channels, "email"))),
        }  # fmt: skip
        return (await session.exec(update(OutboxRow).where(left).values(**fresh))).rowcount == 1
