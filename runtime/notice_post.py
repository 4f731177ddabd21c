"""Notices that are owed leave for the customers, if they are still true and it is the time for it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.delays import SENDING
from domain.facts import NoticeLeft
from domain.notice_policy import ChannelName
from domain.posting import Decision, Drop, Hold, Send, digest
from ports.channels import Bounced, Message, PerhapsTaken, Unreachable
from ports.failpoints import hit
from runtime.alone import alone
from runtime.channels import Channels
from runtime.messages import Messages
from runtime.notice_judge import Judge, Judged
from store.budgets import Place
from store.clock import Clocks
from store.database import Database
from store.outbox import Begun, Leaving, Outbox
from store.tables import OutboxRow
from store.trouble import is_away
from store.vault import Vault
from workflows.journeys import Journeys, NotAnswering

log = logging.getLogger(__name__)

_AT_ONCE, _OF_A_MERCHANT = (
    32,
    2,
)  # customers told at once: one merchant's slow channel leaves room for the others'


@dataclass
class Batch:
    """Notices taken up together that nobody has dealt with yet."""

    rows: list[OutboxRow]

    def next(self) -> OutboxRow:
        return self.rows.pop(0)

    def to_the_same(self, row: OutboxRow) -> list[OutboxRow]:
        return [one for one in self.rows if (one.merchant, one.customer) == (row.merchant, row.customer)]

    def done(self, rows: Sequence[OutboxRow]) -> None:
        self.rows = [one for one in self.rows if one not in rows]


class NoticePost:
    """Works off the outbox, each merchant's notices on their own.

    Notices are leased and judged again right before they leave, under one id over all tries.
    """

    def __init__(
        self, db: Database, journeys: Journeys, vault: Vault, channels: Channels, messages: Messages
    ) -> None:
        self.outbox = Outbox(db)
        self._journeys, self._messages = journeys, messages
        self._clocks, self._judge = Clocks(db), Judge(db, vault, channels)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._out: dict[asyncio.Task[None], str] = {}

    async def send(self) -> int:
        """Take up what is owed of merchants of whom nothing is in hand; how many notices. They are on their way then.

        Raises what became of those before, where the store was away or something is broken.
        """
        self._look_back()
        rows = await self.outbox.claim(limit=50, not_of={*self._out.values()})
        of: dict[str, list[OutboxRow]] = {}
        for row in rows:
            of.setdefault(row.merchant, []).append(row)
        for merchant, theirs in of.items():
            self._out[asyncio.create_task(self._of_merchant(theirs))] = merchant
        return len(rows)

    async def land(self) -> None:
        """Until nothing is on its way. Raises as `send` does."""
        while self._out:
            await asyncio.wait(self._out)
            self._look_back()

    async def cancel(self) -> None:
        """Drop what is on its way; leases give it back."""
        for task in self._out:
            task.cancel()
        await asyncio.gather(*self._out, return_exceptions=True)

    def _look_back(self) -> None:
        done = [task for task in self._out if task.done()]
        for task in done:
            del self._out[task]
        for task in done:
            task.result()

    async def _of_merchant(self, rows: Sequence[OutboxRow]) -> None:
        turn = asyncio.Semaphore(_OF_A_MERCHANT)
        told = (self._to_one(batch, turn) for batch in _by_customer(rows))
        for end in await asyncio.gather(*told, return_exceptions=True):
            if isinstance(end, BaseException):
                raise end

    async def _to_one(self, batch: Batch, turn: asyncio.Semaphore) -> None:
        """One customer's notices, one after the other. What waited too long for its turn is taken up anew."""
        async with turn, self._places:
            while batch.rows:
                row = batch.next()
                if not self.outbox.holds(row):
                    continue
                defect = await alone(f"notice {row.id}", self._work(row, batch))
                if defect is not None:
                    await self.outbox.bury(row, defect)

    async def _work(self, row: OutboxRow, batch: Batch) -> None:
        judged = await self._judge.judge(row)
        if isinstance(judged, str):
            await self.outbox.dropped(row, judged)
            return
        now = await self._clocks.business_now(row.merchant)
        if row.sending_at is not None:
            await self._once_more(judged, batch, now)
            return
        decision = judged.decision(now)
        if isinstance(decision, Send):
            told = await self._together(judged, decision, batch, now)
            decision = await self._leave(told, decision.channels[0], batch, now)
        await self._settle(row, decision)

    async def _settle(self, row: OutboxRow, decision: Decision) -> None:
        """What becomes of one that does not leave now."""
        match decision:
            case Hold(until=until, why=why):
                await self.outbox.hold(row, until, ",".join(why))
            case Drop(why="muted"):
                await self.outbox.dropped(row, "muted")
            case Drop():
                await self.outbox.bury(row, "undeliverable")

    async def _together(self, first: Judged, decision: Send, batch: Batch, now: datetime) -> list[Judged]:
        """The notice and those to the same customer that may leave in one message with it."""
        told: list[Judged] = [first]
        decisions: list[Decision | None] = [decision]
        for row in batch.to_the_same(first.row) if decision.joins else []:
            judged = await self._quietly_judged(row)
            if judged is not None and row.sending_at is None:
                told.append(judged)
                decisions.append(judged.decision(now))
        joint = digest(decisions)
        return [told[place] for place in joint.places] if joint else [first]

    async def _quietly_judged(self, row: OutboxRow) -> Judged | None:
        """None for one that does not come along: it has its own turn, in which it is seen why."""
        judged: list[Judged | str] = []

        async def look() -> None:
            judged.append(await self._judge.judge(row))

        await alone(f"notice {row.id}", look())
        return judged[0] if judged and isinstance(judged[0], Judged) else None

    async def _leave(
        self, told: Sequence[Judged], channel: ChannelName, batch: Batch, now: datetime
    ) -> Decision:
        """Hand the message over, unless the customer had enough today."""
        first, rows = told[0], [one.row for one in told]
        decision: list[Decision] = [first.decision(now)]

        def agree(place: Place) -> bool:
            decision[0] = first.decision(now, place.lately(first.parcel_at))
            return isinstance(decision[0], Send)

        leaving = Leaving(rows, now, channel, first.row.message_id, day=first.counted_on(now), agree=agree)
        await self._send(told, channel, leaving, batch)
        return decision[0]

    async def _once_more(self, first: Judged, batch: Batch, now: datetime) -> None:
        """It may have left right before a crash, perhaps with others: the same message again, where copies do no harm.

        And where the customer still wants it there, at this hour.
        """
        row = first.row
        name, decision = first.channel_before, first.decision(now)
        if isinstance(decision, Hold):
            await self._settle(row, decision)
            return
        wanted = isinstance(decision, Send) and name in decision.channels
        if name is None or not wanted or not first.channels[name].drops_copies:
            await self.outbox.dropped(row, "may_have_left")
            return
        told = [first]
        for other in batch.to_the_same(row):
            judged = await self._quietly_judged(other) if other.sent_as == row.sent_as else None
            if judged is not None and isinstance(judged.decision(now), Send):
                told.append(judged)
        rows = [one.row for one in told]
        await self._send(told, name, Leaving(rows, now, name, row.sent_as), batch)

    async def _send(self, told: Sequence[Judged], name: ChannelName, leaving: Leaving, batch: Batch) -> None:
        """Made before it is begun: a letter that cannot be written must not look as if it had left."""
        message = self._messages.of(told, name, leaving.message_id)
        begun = await self.outbox.begin(leaving)
        if begun is None or not begun.rows:
            return
        batch.done(begun.rows)
        with_us = [one for one in told if one.row in begun.rows]
        if len(with_us) < len(told):
            message = self._messages.of(with_us, name, leaving.message_id)
        await self._hand_over(with_us, name, message, begun)

    async def _hand_over(
        self, told: Sequence[Judged], name: ChannelName, message: Message, begun: Begun
    ) -> None:
        first = told[0]
        hit("notice.claimed")
        if not await self._reported(told, begun):
            return
        try:
            await first.channels[name].send(message)
        except Bounced as problem:
            log.info("a message by %s bounced: %s", name, problem)
            for row in begun.rows:
                await self.outbox.bounced(row, name, begun.place_of(row))
        except PerhapsTaken as problem:
            for row in begun.rows:
                await self.outbox.left_open(row, _pause(first.row), str(problem))
        except Unreachable as problem:
            await self._back(begun, _pause(first.row), str(problem))
        else:
            hit("mail.accepted")
            now = await self._clocks.business_now(first.row.merchant)
            await self.outbox.sent(begun.rows[0], now, begun.rows[1:])

    async def _reported(self, told: Sequence[Judged], begun: Begun) -> bool:
        """Whether all journeys know that it leaves now; else none of it does."""
        try:
            for one in told:
                await self._report_late(one, begun.at)
        except NotAnswering:
            await self._back(begun, timedelta(seconds=5), "temporal does not answer")
            return False
        except Exception as defect:
            if not is_away(defect):
                for row in begun.rows:
                    await self.outbox.bury_unsent(row, type(defect).__name__, begun.place_of(row))
            raise
        return True

    async def _back(self, begun: Begun, wait: timedelta, why: str) -> None:
        for row in begun.rows:
            await self.outbox.again(row, wait, why, begun.place_of(row))

    async def _report_late(self, told: Judged, now: datetime) -> None:
        """A delay that lay here for long is judged by when it left; its journey has to know before it does."""
        notice, row = told.notice, told.row
        if notice.kind == "delayed" and now - notice.at > SENDING:
            revision, clock = int(notice.facts["revision"]), await self._clocks.get(row.merchant)
            left = NoticeLeft(subject=notice.subject, revision=revision, at=now, now=clock)
            await self._journeys.tell(row.merchant, row.order, left)


def _by_customer(rows: Sequence[OutboxRow]) -> list[Batch]:
    """In the order they were owed."""
    batches: dict[tuple[str, str], Batch] = {}
    for row in rows:
        batches.setdefault((row.merchant, row.customer), Batch([])).rows.append(row)
    return [*batches.values()]


def _pause(row: OutboxRow) -> timedelta:
    """Until the next try."""
    return timedelta(seconds=2 ** min(row.attempts, 9))
