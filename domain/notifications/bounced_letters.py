"""Letters that came back, and complaints about letters: what the order's journey makes of them."""

from datetime import datetime
from typing import Literal

from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import Instant
from domain.model.state import JourneyState
from domain.payments.claw_backs.letters import record_unread

LetterProblem = Literal["bounced", "complained", "suppressed"]
# Letters that ask the customer something, or hold what they need to go on: they are tried by another channel.
NEEDED_BY_CUSTOMER = frozenset({
    "return_authorized", "consent_requested", "delay_option", "presumed_lost", "pickup_ready", "pickup_reminder",
    "refund_returned", "refund_declined", "claw_back_notice", "claw_back_payment",
})  # fmt: skip


class LetterBounced(Frozen):
    """A letter of the order came back, was complained about, or cannot be sent because an earlier one was.

    notice: the key of the first notice in the letter.
    cause: what was reported, without personal data.
    now: a sandbox merchant's time; None where time is real.
    """

    type: Literal["letter_bounced"] = "letter_bounced"
    problem: LetterProblem
    notice: str
    cause: str
    at: Instant
    now: Instant | None = None


def record_bounce(state: JourneyState, event: LetterBounced, now: datetime) -> bool:
    """Ask an agent how the customer is reached; one question at a time. False while it is open already.

    A claim whose notice came back takes nothing by itself: the customer may not know of it.
    """
    subject = state.order.order
    noted = event.problem != "complained" and record_unread(state, event.notice)
    if state.has_open("address_bounced", subject):
        return noted
    state.open_question("address_bounced", subject, now)
    state.audit(event.at, SYSTEM, f"letter_{event.problem}", event.notice, cause=event.cause)
    return True
