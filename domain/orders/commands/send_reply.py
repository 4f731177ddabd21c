"""Command: an agent writes to the customer of an order."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain import notice_keys
from domain.model.command import Command
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted

MAX_REPLIES = 10  # of one order within a day
_DAY = timedelta(days=1)


class SendReply(Command):
    """Send the text as a letter, through the outbox as every other one.

    text: sealed with the customer's key, so longer than the agent wrote it.
    """

    text: Annotated[str, Field(min_length=3, max_length=12_000)]

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if len(self._lately(state, now)) < MAX_REPLIES:
            return []
        return [Violation(code=Reason.TOO_MANY_REPLIES, details={"max": MAX_REPLIES})]

    def _lately(self, state: JourneyState, now: datetime) -> list[datetime]:
        return [at for at in state.reply_times if at > now - _DAY]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        state.reply_times = [*self._lately(state, now), now]
        state.reply_count += 1
        order, subject = state.order.order, f"reply-{state.reply_count}"
        state.settle_question("customer_message", order)
        state.audit(now, self.actor, "reply_sent", subject, text=self.text)
        state.notify(
            now, notice_keys.order_notice(order, subject, "reply", 1), "reply", order, text=self.text
        )
        return accepted(subject)
