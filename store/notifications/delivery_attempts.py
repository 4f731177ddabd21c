"""One attempt to send notices as one message: what it records when it begins, and what is undone when nothing left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import notice_keys
from store.notifications.frequency_cap import CapCounter, CapSlot
from store.tables.all import LetterRow, OutboxRow

NEVER_ATTEMPTED: dict[str, object] = {
    "lease_until": None, "sending_at": None, "sent_as": "", "channel": "", "cap_day": None
}  # fmt: skip


@dataclass(frozen=True)
class SendAttempt:
    """Notices that are about to leave as one message.

    rows: the notices; the first one keeps the message's slot in the frequency cap.
    at: business time.
    message_id: that of one of the notices.
    day: the customer's day, when the message needs a slot in it.
    letter: the message as it is kept, sealed.
    within_cap: called while the customer's cap row is locked; returns False to abort.
    """

    rows: Sequence[OutboxRow]
    at: datetime
    channel: str
    message_id: str
    day: date | None = None
    letter: LetterRow | None = None
    within_cap: Callable[[CapCounter], bool] = lambda counter: True

    def values(self, cap_day: date | None) -> dict[str, object]:
        """What each notice is written as, from the moment in which it may have left."""
        return {
            "sending_at": self.at, "sent_as": self.message_id, "channel": self.channel, "cap_day": cap_day
        }  # fmt: skip


@dataclass(frozen=True)
class StartedSend:
    """The notices that may leave now; none when the frequency cap says no.

    at: business time.
    slot: the one that the message took in the cap.
    """

    rows: tuple[OutboxRow, ...]
    at: datetime
    slot: CapSlot | None

    def slot_of(self, row: OutboxRow) -> CapSlot | None:
        """The slot, for the first notice: a message has only one."""
        return self.slot if row is self.rows[0] else None


def channel_message_id(row: OutboxRow) -> str:
    """The id of the message in which the notice left, or would leave: the same in all attempts by one channel."""
    return notice_keys.channel_message(row.sent_as or row.message_id, row.channel)


def before_attempt(row: OutboxRow) -> dict[str, object]:
    """What the notice was written as before this attempt: not leased, and open as far as an earlier one left it open."""
    return {
        "lease_until": None, "sending_at": row.sending_at, "sent_as": row.sent_as, "channel": row.channel,
        "cap_day": row.cap_day,
    }  # fmt: skip


async def last_slot(session: AsyncSession, row: OutboxRow) -> CapSlot | None:
    """The slot of a message that an earlier attempt left open, when this is the last notice in it."""
    if row.cap_day is None or row.sending_at is None:
        return None
    same = and_(
        col(OutboxRow.merchant) == row.merchant,
        col(OutboxRow.sent_as) == row.sent_as,
        col(OutboxRow.cap_day) == row.cap_day,
        col(OutboxRow.id) != row.id,
    )
    if (await session.exec(select(OutboxRow.id).where(same).limit(1))).first() is not None:
        return None
    return CapSlot(row.cap_day, row.sending_at, None)
