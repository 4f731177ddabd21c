"""One notice at the moment it would leave: sent alone or with others, held, or dropped."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.model.notice_policy import ChannelName
from domain.notifications.delivery_decision import DeliveryDecision, Drop, Hold, Send, group_into_digest
from domain.notifications.facts import Stale
from failpoints.points import hit
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message
from services.isolation import isolated
from services.journeys import JourneyUnavailable
from services.notifications.delay_outcomes import DelayOutcomes
from services.notifications.letter_reports import LetterReports
from services.notifications.messages import MessageBuilder
from services.notifications.send_planner import PreparedNotice, SendPlanner
from services.store_errors import is_transient
from store.engine.queue import backoff
from store.merchants.clock import Clocks
from store.notifications.delivery_attempts import SendAttempt, StartedSend
from store.notifications.frequency_cap import CapCounter
from store.notifications.letters import LetterAccepted, Letters
from store.notifications.outbox import Outbox
from store.tables.all import LetterRow, OutboxRow

log = logging.getLogger(__name__)

_MAX_BACKOFF = timedelta(seconds=512)  # between two attempts of one message
_JOURNEY_RETRY_DELAY = timedelta(seconds=5)  # when a journey cannot be signalled
_EXPLANATION_RETRY_DELAY = timedelta(seconds=5)  # while the notice that explains another is tried again


@dataclass
class CustomerBatch:
    """Claimed notices of one customer that were not sent, held or dropped yet."""

    rows: list[OutboxRow]

    def next(self) -> OutboxRow:
        return self.rows.pop(0)

    def remove(self, rows: Sequence[OutboxRow]) -> None:
        self.rows = [row for row in self.rows if row not in rows]


@dataclass(frozen=True)
class NoticeDelivery:
    """Decides and sends, with the notices of the same customer that can go in the same message."""

    outbox: Outbox
    planner: SendPlanner
    messages: MessageBuilder
    clocks: Clocks
    outcomes: DelayOutcomes
    letters: Letters
    reports: LetterReports

    async def deliver(self, row: OutboxRow, batch: CustomerBatch) -> None:
        """Send, hold or drop this notice. Notices that leave with it are removed from the batch."""
        prepared = await self.planner.prepare(row)
        if isinstance(prepared, Stale):
            await self._drop(row, prepared)
            return
        if prepared.waits_for is not None and row.sending_at is None:
            await self._wait(row, prepared.waits_for)
            return
        now = await self.clocks.business_now(row.merchant)
        if row.sending_at is not None:
            await self._resend_after_crash(prepared, batch, now)
            return
        if prepared.letters_held:
            await self.outbox.hold_while_paused(row)
            return
        decision = prepared.decision(now)
        if isinstance(decision, Send):
            notices = await self._join_digest(prepared, decision, batch, now)
            decision = await self._send_within_cap(notices, decision.channels[0], batch, now)
        await self._hold_or_drop(prepared, decision)

    async def _drop(self, row: OutboxRow, stale: Stale) -> None:
        """Drop what is no longer true. The journey learns of a delay of which its customer does not know."""
        try:
            await self.outcomes.dropped(row, stale)
        except JourneyUnavailable:
            await self.outbox.retry_later(row, _JOURNEY_RETRY_DELAY, "temporal does not answer")
            return
        await self.outbox.mark_dropped(row, stale.reason)

    async def _wait(self, row: OutboxRow, explanation: OutboxRow) -> None:
        """Wait until the notice that explains this one has left."""
        if explanation.held_until is not None and explanation.status == "held":
            await self.outbox.hold(row, explanation.held_until, "after_explanation")
        else:
            await self.outbox.retry_later(row, _EXPLANATION_RETRY_DELAY, "after_explanation")

    async def _hold_or_drop(self, prepared: PreparedNotice, decision: DeliveryDecision) -> None:
        """Write a decision not to send now."""
        row = prepared.row
        match decision:
            case Hold(until=until, reasons=reasons):
                await self.outbox.hold(row, until, ",".join(reasons))
            case Drop(reason="muted"):
                await self.outbox.mark_dropped(row, "muted")
            case Drop() if prepared.suppressed:
                await self._give_up_suppressed(row)
            case Drop():
                await self.outbox.dead_letter(row, "undeliverable")

    async def _give_up_suppressed(self, row: OutboxRow) -> None:
        """No letter goes to the address, and no other channel reaches the customer: agents hear of it."""
        try:
            await self.reports.not_sent(row)
        except JourneyUnavailable:
            await self.outbox.retry_later(row, _JOURNEY_RETRY_DELAY, "temporal does not answer")
        else:
            bounced = "email" in row.bounced_channels.split(",")
            await self.outbox.dead_letter(row, "undeliverable" if bounced else "address_suppressed")

    async def _join_digest(
        self, first: PreparedNotice, decision: Send, batch: CustomerBatch, now: datetime
    ) -> list[PreparedNotice]:
        """The notice, and those of the same customer that may leave in one message with it."""
        notices: list[PreparedNotice] = [first]
        decisions: list[DeliveryDecision | None] = [decision]
        for row in [*batch.rows] if decision.digestible else []:
            prepared = await self._prepare_for_digest(row)
            if prepared is not None and row.sending_at is None:
                notices.append(prepared)
                decisions.append(prepared.decision(now))
        digest = group_into_digest(decisions)
        return [notices[index] for index in digest.indexes] if digest else [first]

    async def _prepare_for_digest(self, row: OutboxRow) -> PreparedNotice | None:
        """None for a notice that cannot be sent; why is written when it has its own turn."""
        prepared: list[PreparedNotice | Stale] = []

        async def prepare() -> None:
            prepared.append(await self.planner.prepare(row))

        await isolated(f"notice {row.id}", prepare())
        return prepared[0] if prepared and isinstance(prepared[0], PreparedNotice) else None

    async def _send_within_cap(
        self, notices: Sequence[PreparedNotice], channel: ChannelName, batch: CustomerBatch, now: datetime
    ) -> DeliveryDecision:
        """Send the message, unless the customer's frequency cap is reached; the decision with the cap counted."""
        first, rows = notices[0], [one.row for one in notices]
        decision: list[DeliveryDecision] = [first.decision(now)]

        def within_cap(counter: CapCounter) -> bool:
            decision[0] = first.decision(now, counter.send_history(first.parcel_at))
            return isinstance(decision[0], Send)

        attempt = SendAttempt(
            rows, now, channel, first.row.message_id, day=first.cap_day(now), within_cap=within_cap
        )
        await self._send(notices, channel, attempt, batch)
        return decision[0]

    async def _resend_after_crash(self, first: PreparedNotice, batch: CustomerBatch, now: datetime) -> None:
        """The notice may have left right before a crash, perhaps with others: send the same message again.

        Only by a channel that drops copies, and only if the customer still wants it there at this hour.
        """
        row = first.row
        name, decision = first.previous_channel, first.decision(now)
        if isinstance(decision, Hold):
            await self._hold_or_drop(first, decision)
            return
        wanted = isinstance(decision, Send) and name in decision.channels
        if name is None or not wanted or not first.channels[name].deduplicates:
            await self.outbox.mark_dropped(row, "possibly_sent")
            return
        notices = [first]
        for other in [*batch.rows]:
            prepared = await self._prepare_for_digest(other) if other.sent_as == row.sent_as else None
            if prepared is not None and isinstance(prepared.decision(now), Send):
                notices.append(prepared)
        rows = [one.row for one in notices]
        await self._send(notices, name, SendAttempt(rows, now, name, row.sent_as), batch)

    async def _send(
        self, notices: Sequence[PreparedNotice], name: ChannelName, attempt: SendAttempt, batch: CustomerBatch
    ) -> None:
        """The message is rendered before the attempt begins: one that cannot be rendered must not look as if it had left."""
        message, letter = await self._letter(notices, name, attempt)
        for one in notices:
            one.row.notice = one.notice.model_dump_json()
        started = await self.outbox.begin_send(replace(attempt, letter=letter))
        if started is None or not started.rows:
            return
        batch.remove(started.rows)
        leaving = [one for one in notices if one.row in started.rows]
        if len(leaving) < len(notices):
            message, letter = await self._letter(leaving, name, attempt)
            await self.letters.keep(letter)
        await self._hand_over(leaving, name, message, started)

    async def _letter(
        self, notices: Sequence[PreparedNotice], name: ChannelName, attempt: SendAttempt
    ) -> tuple[Message, LetterRow]:
        """The message, and the same as it is kept."""
        message, row = self.messages.build(notices, name, attempt.message_id), notices[0].row
        reference = self.letters.reference(row.merchant, message.message_id)
        message = message.model_copy(update={"reference": reference})
        return message, await self.letters.sealed(message, row, name, attempt.at)

    async def _hand_over(
        self, notices: Sequence[PreparedNotice], name: ChannelName, message: Message, started: StartedSend
    ) -> None:
        """Give the message to the channel and write the outcome."""
        first = notices[0]
        hit("notice.claimed")
        if not await self._signal_journeys(notices, started):
            return
        delay = backoff(first.row.attempts, _MAX_BACKOFF)
        try:
            answer = await first.channels[name].send(message)
        except Bounced as problem:
            log.info("a message by %s bounced: %s", name, problem)
            await self.letters.refused(message.message_id, problem.answer, started.at)
            if problem.bad_address:
                await self.reports.refused(first.row, message.to, problem.answer, started.at)
            for row in started.rows:
                await self.outbox.mark_bounced(row, name, started.slot_of(row))
        except DeliveryUnknown as problem:
            for row in started.rows:
                await self.outbox.outcome_unknown(row, delay, str(problem))
        except ChannelUnavailable as problem:
            await self._retry_later(started, delay, str(problem))
        else:
            hit("mail.accepted")
            now = await self.clocks.business_now(first.row.merchant)
            receipt = LetterAccepted(message.message_id, answer or "")
            await self.outbox.mark_sent(started.rows[0], now, started.rows[1:], receipt)

    async def _signal_journeys(self, notices: Sequence[PreparedNotice], started: StartedSend) -> bool:
        """Whether all journeys know that their notice leaves now; if not, none of the notices leaves."""
        try:
            for notice in notices:
                await self.outcomes.leaves(notice, started.at)
        except JourneyUnavailable:
            await self._retry_later(started, _JOURNEY_RETRY_DELAY, "temporal does not answer")
            return False
        except Exception as defect:
            if not is_transient(defect):
                for row in started.rows:
                    await self.outbox.dead_letter_unsent(row, type(defect).__name__, started.slot_of(row))
            raise
        return True

    async def _retry_later(self, started: StartedSend, delay: timedelta, reason: str) -> None:
        for row in started.rows:
            await self.outbox.retry_later(row, delay, reason, started.slot_of(row))
