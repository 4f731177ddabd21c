"""Notices that could not be sent, as people see them, and another attempt for them."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from services.paging import Page, PageRequest
from services.replays.replayer import ReplayAudit, Replayer, ReplayLine, ReplayOutcome
from store.notifications.dead_notices import DeadNotices, NoticeFilter
from store.notifications.letters_again import LettersAgain, TooManyCopies
from store.notifications.outbox import Status
from store.tables.all import OutboxRow

__all__ = ["NoticeFilter", "NoticeReplays", "QueuedNotice", "Status", "TooManyCopies"]


class QueuedNotice(Frozen):
    """A notice in the outbox, without its text. All times are real."""

    id: int
    """Its number in the outbox."""
    order: str
    """Our id of the order."""
    kind: str
    """What it reports."""
    status: Status
    """What became of it."""
    reason: str
    """Why it was not sent."""
    attempts: int
    """How often it was tried."""
    queued_at: Instant
    """When it was written."""


@dataclass(frozen=True)
class NoticeReplays:
    """The use cases of notices that could not be sent."""

    notices: DeadNotices
    audit: ReplayAudit
    again: LettersAgain

    async def page(self, merchant: str, wanted: NoticeFilter, page: PageRequest) -> Page[QueuedNotice]:
        """The oldest first. Raises BadCursor."""
        found = await self.notices.page(merchant, wanted, limit=page.limit, cursor=page.cursor)
        return Page([_queued(row) for row in found.items], found.next)

    async def count(self, merchant: str, wanted: NoticeFilter) -> int:
        """How many there are."""
        return await self.notices.count(merchant, wanted)

    async def replay_one(self, merchant: str, notice: int, by: Replayer) -> bool:
        """Send a dead notice again, if it is still true; false when the merchant has no such."""
        replayed = await self.notices.outbox.replay(merchant, notice)
        if replayed:
            await self.audit.write(merchant, by, ReplayLine("notice_replayed", str(notice)))
        return replayed

    async def send_again(self, merchant: str, notice: int, by: Replayer, command: str) -> int | None:
        """Send a dead notice again, or a copy of a sent one. Returns the number of the queued notice, None where none is queued.

        A letter that left gets a copy, once for each command, at most three a day. Raises TooManyCopies.
        """
        if await self.replay_one(merchant, notice, by):
            return notice
        copy = await self.again.add(merchant, notice, command)
        if copy is None or copy.id is None:
            return None
        await self.audit.write(merchant, by, ReplayLine("notice_replayed", str(notice), order=copy.order))
        return copy.id

    async def replay(self, merchant: str, wanted: NoticeFilter, by: Replayer) -> ReplayOutcome:
        """The same for the oldest dead ones that the filter fits, a bounded number."""
        fitting = await self.count(
            merchant, wanted
        )  # before: what is queued may be dead again at once, and is no other
        queued = await self.notices.replay(merchant, wanted)
        await self.audit.write(merchant, by, ReplayLine("notices_replayed", wanted.status, queued))
        return ReplayOutcome(queued, max(0, fitting - queued))


def _queued(row: OutboxRow) -> QueuedNotice:
    return QueuedNotice.model_validate(
        {
            **row.model_dump(include={"id", "order", "kind", "status", "reason", "attempts"}),
            "queued_at": row.created_at,
        }
    )
