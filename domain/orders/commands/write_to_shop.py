"""Command: the customer of an order writes to the shop, and a person has to answer."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted

MAX_CUSTOMER_MESSAGES = 10  # of one order within a day
_DAY = timedelta(days=1)


class WriteToShop(Command):
    """Keep the text, and open the question to a person, unless it is open: a second message does not put the answer off.

    text: sealed with the customer's key, so longer than the customer wrote it.
    """

    text: Annotated[str, Field(min_length=3, max_length=12_000)]

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if len(self._lately(state, now)) < MAX_CUSTOMER_MESSAGES:
            return []
        return [Violation(code=Reason.TOO_MANY_MESSAGES, details={"max": MAX_CUSTOMER_MESSAGES})]

    def _lately(self, state: JourneyState, now: datetime) -> list[datetime]:
        return [at for at in state.message_times if at > now - _DAY]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        state.message_times = [*self._lately(state, now), now]
        state.message_count += 1
        subject = f"message-{state.message_count}"
        state.audit(now, self.actor, "message_received", subject, text=self.text)
        if not state.has_open("customer_message", state.order.order):
            state.open_question("customer_message", state.order.order, now)
        return accepted(subject)
