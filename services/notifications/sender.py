"""Notices that are owed leave for the customers, if they are still true and it is the time for it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.journey.external_events import DelayNoticeSent
from domain.model.delay import MAX_SEND_DELAY
from domain.model.notice_policy import ChannelName
from domain.notifications.delivery_decision import DeliveryDecision, Drop, Hold, Send, group_into_digest
from failpoints.points import hit
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from services.isolation import isolated
from services.journeys import Journeys, JourneyUnavailable
from services.notifications.decision import PreparedNotice, SendPlanner
from services.notifications.messages import MessageBuilder
from store.engine.db_errors import is_transient
from store.engine.queue import backoff
from store.merchants.clock import Clocks
from store.notifications.delivery_attempts import SendAttempt, StartedSend
from store.notifications.frequency_cap import CapCounter
from store.notifications.outbox import Outbox
from store.tables.all import OutboxRow

log = logging.getLogger(__name__)

_MAX_BACKOFF = timedelta(seconds=512)  # between two attempts of one message
_MAX_CONCURRENT, _MAX_PER_MERCHANT = (
    32,
    2,
)  # customers told at once: one merchant's slow channel leaves room for the others'


@dataclass
class CustomerBatch:
    """Notices taken up together that nobody has dealt with yet."""

    rows: list[OutboxRow]

    def next(self) -> OutboxRow:
        return self.rows.pop(0)

    def same_customer(self, row: OutboxRow) -> list[OutboxRow]:
        return [one for one in self.rows if (one.merchant, one.customer) == (row.merchant, row.customer)]

    def remove(self, rows: Sequence[OutboxRow]) -> None:
        self.rows = [one for one in self.rows if one not in rows]


class NotificationSender:
    """Works off the outbox, each merchant's notices on their own.

    Notices are leased and judged again right before they leave, under one id over all tries.
    """

    def __init__(
        self,
        outbox: Outbox,
        planner: SendPlanner,
        messages: MessageBuilder,
        clocks: Clocks,
        journeys: Journeys,
    ) -> None:
        self.outbox = outbox
        self._planner, self._messages = planner, messages
        self._clocks, self._journeys = clocks, journeys
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)
        self._in_flight: dict[asyncio.Task[None], str] = {}  # and the merchant of each

    async def send(self) -> int:
        """Take up what is owed of merchants of whom nothing is in hand; how many notices. They are on their way then.

        Raises what became of those before, where the store was away or something is broken.
        """
        self._collect_finished()
        rows = await self.outbox.claim(limit=50, excluded_merchants={*self._in_flight.values()})
        of: dict[str, list[OutboxRow]] = {}
        for row in rows:
            of.setdefault(row.merchant, []).append(row)
        for merchant, theirs in of.items():
            self._in_flight[asyncio.create_task(self._send_for_merchant(theirs))] = merchant
        return len(rows)

    async def drain(self) -> None:
        """Until nothing is on its way. Raises as `send` does."""
        while self._in_flight:
            await asyncio.wait(self._in_flight)
            self._collect_finished()

    async def cancel(self) -> None:
        """Drop what is on its way; leases give it back."""
        for task in self._in_flight:
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    def _collect_finished(self) -> None:
        done = [task for task in self._in_flight if task.done()]
        for task in done:
            del self._in_flight[task]
        for task in done:
            task.result()

    async def _send_for_merchant(self, rows: Sequence[OutboxRow]) -> None:
        turn = asyncio.Semaphore(_MAX_PER_MERCHANT)
        told = (self._send_for_customer(batch, turn) for batch in _by_customer(rows))
        for end in await asyncio.gather(*told, return_exceptions=True):
            if isinstance(end, BaseException):
                raise end

    async def _send_for_customer(self, batch: CustomerBatch, turn: asyncio.Semaphore) -> None:
        """One customer's notices, one after the other. What waited too long for its turn is taken up anew."""
        async with turn, self._slots:
            while batch.rows:
                row = batch.next()
                if not self.outbox.holds_lease(row):
                    continue
                defect = await isolated(f"notice {row.id}", self._process(row, batch))
                if defect is not None:
                    await self.outbox.dead_letter(row, defect)

    async def _process(self, row: OutboxRow, batch: CustomerBatch) -> None:
        judged = await self._planner.prepare(row)
        if isinstance(judged, str):
            await self.outbox.mark_dropped(row, judged)
            return
        now = await self._clocks.business_now(row.merchant)
        if row.sending_at is not None:
            await self._resend_after_crash(judged, batch, now)
            return
        decision = judged.decision(now)
        if isinstance(decision, Send):
            told = await self._join_digest(judged, decision, batch, now)
            decision = await self._send_within_cap(told, decision.channels[0], batch, now)
        await self._settle(row, decision)

    async def _settle(self, row: OutboxRow, decision: DeliveryDecision) -> None:
        """What becomes of one that does not leave now."""
        match decision:
            case Hold(until=until, reasons=why):
                await self.outbox.hold(row, until, ",".join(why))
            case Drop(reason="muted"):
                await self.outbox.mark_dropped(row, "muted")
            case Drop():
                await self.outbox.dead_letter(row, "undeliverable")

    async def _join_digest(
        self, first: PreparedNotice, decision: Send, batch: CustomerBatch, now: datetime
    ) -> list[PreparedNotice]:
        """The notice and those to the same customer that may leave in one message with it."""
        told: list[PreparedNotice] = [first]
        decisions: list[DeliveryDecision | None] = [decision]
        for row in batch.same_customer(first.row) if decision.digestible else []:
            judged = await self._prepare_for_digest(row)
            if judged is not None and row.sending_at is None:
                told.append(judged)
                decisions.append(judged.decision(now))
        joint = group_into_digest(decisions)
        return [told[place] for place in joint.indexes] if joint else [first]

    async def _prepare_for_digest(self, row: OutboxRow) -> PreparedNotice | None:
        """None for one that does not come along: it has its own turn, in which it is seen why."""
        judged: list[PreparedNotice | str] = []

        async def look() -> None:
            judged.append(await self._planner.prepare(row))

        await isolated(f"notice {row.id}", look())
        return judged[0] if judged and isinstance(judged[0], PreparedNotice) else None

    async def _send_within_cap(
        self, notices: Sequence[PreparedNotice], channel: ChannelName, batch: CustomerBatch, now: datetime
    ) -> DeliveryDecision:
        """Hand the message over, unless the customer had enough today."""
        first, rows = notices[0], [one.row for one in notices]
        decision: list[DeliveryDecision] = [first.decision(now)]

        def agree(place: CapCounter) -> bool:
            decision[0] = first.decision(now, place.send_history(first.parcel_at))
            return isinstance(decision[0], Send)

        leaving = SendAttempt(
            rows, now, channel, first.row.message_id, day=first.cap_day(now), within_cap=agree
        )
        await self._send(notices, channel, leaving, batch)
        return decision[0]

    async def _resend_after_crash(self, first: PreparedNotice, batch: CustomerBatch, now: datetime) -> None:
        """It may have left right before a crash, perhaps with others: the same message again, where copies do no harm.

        And where the customer still wants it there, at this hour.
        """
        row = first.row
        name, decision = first.previous_channel, first.decision(now)
        if isinstance(decision, Hold):
            await self._settle(row, decision)
            return
        wanted = isinstance(decision, Send) and name in decision.channels
        if name is None or not wanted or not first.channels[name].deduplicates:
            await self.outbox.mark_dropped(row, "possibly_sent")
            return
        told = [first]
        for other in batch.same_customer(row):
            judged = await self._prepare_for_digest(other) if other.sent_as == row.sent_as else None
            if judged is not None and isinstance(judged.decision(now), Send):
                told.append(judged)
        rows = [one.row for one in told]
        await self._send(told, name, SendAttempt(rows, now, name, row.sent_as), batch)

    async def _send(
        self, notices: Sequence[PreparedNotice], name: ChannelName, leaving: SendAttempt, batch: CustomerBatch
    ) -> None:
        """Made before it is begun: a letter that cannot be written must not look as if it had left."""
        message = self._messages.build(notices, name, leaving.message_id)
        begun = await self.outbox.begin_send(leaving)
        if begun is None or not begun.rows:
            return
        batch.remove(begun.rows)
        with_us = [one for one in notices if one.row in begun.rows]
        if len(with_us) < len(notices):
            message = self._messages.build(with_us, name, leaving.message_id)
        await self._deliver(with_us, name, message, begun)

    async def _deliver(
        self, notices: Sequence[PreparedNotice], name: ChannelName, message: Message, begun: StartedSend
    ) -> None:
        first = notices[0]
        hit("notice.claimed")
        if not await self._signal_journeys(notices, begun):
            return
        try:
            await first.channels[name].send(message)
        except Bounced as problem:
            log.info("a message by %s bounced: %s", name, problem)
            for row in begun.rows:
                await self.outbox.mark_bounced(row, name, begun.slot_of(row))
        except DeliveryUnknown as problem:
            for row in begun.rows:
                await self.outbox.outcome_unknown(row, _retry_delay(first.row), str(problem))
        except ChannelUnavailable as problem:
            await self._retry_later(begun, _retry_delay(first.row), str(problem))
        else:
            hit("mail.accepted")
            now = await self._clocks.business_now(first.row.merchant)
            await self.outbox.mark_sent(begun.rows[0], now, begun.rows[1:])

    async def _signal_journeys(self, notices: Sequence[PreparedNotice], begun: StartedSend) -> bool:
        """Whether all journeys know that it leaves now; else none of it does."""
        try:
            for one in notices:
                await self._signal_late_notice(one, begun.at)
        except JourneyUnavailable:
            await self._retry_later(begun, timedelta(seconds=5), "temporal does not answer")
            return False
        except Exception as defect:
            if not is_transient(defect):
                for row in begun.rows:
                    await self.outbox.dead_letter_unsent(row, type(defect).__name__, begun.slot_of(row))
            raise
        return True

    async def _retry_later(self, begun: StartedSend, wait: timedelta, reason: str) -> None:
        for row in begun.rows:
            await self.outbox.retry_later(row, wait, reason, begun.slot_of(row))

    async def _signal_late_notice(self, prepared: PreparedNotice, now: datetime) -> None:
        """A delay that lay here for long is judged by when it left; its journey has to know before it does."""
        notice, row = prepared.notice, prepared.row
        if notice.kind == "delayed" and now - notice.at > MAX_SEND_DELAY:
            revision, clock = int(notice.details["revision"]), await self._clocks.get(row.merchant)
            left = DelayNoticeSent(subject=notice.subject, revision=revision, at=now, now=clock)
            await self._journeys.signal(row.merchant, row.order, left)


def _by_customer(rows: Sequence[OutboxRow]) -> list[CustomerBatch]:
    """In the order they were owed."""
    batches: dict[tuple[str, str], CustomerBatch] = {}
    for row in rows:
        batches.setdefault((row.merchant, row.customer), CustomerBatch([])).rows.append(row)
    return [*batches.values()]


def _retry_delay(row: OutboxRow) -> timedelta:
    """Until the next try."""
    return backoff(row.attempts, _MAX_BACKOFF)
