"""Dates about money and answers that a customer was told: each is kept, broken and made good, or withdrawn and told (NEW-5)."""

from typing import Literal

from domain import keys
from domain.base import Frozen
from domain.clock import Instant

DateKind = Literal["money_leaves", "money_arrives", "refund_decision", "review_decision"]
DateOutcome = Literal["open", "kept", "broken", "withdrawn"]


class DatePromise(Frozen):
    """One date that a letter told."""

    kind: DateKind
    """What was to happen by then.

    `money_leaves`: the money of a return leaves; `money_arrives`: a refund is on the statement.
    `refund_decision`: it is decided how a refund is paid that came back; `review_decision`: an agent decides about a return.
    """
    subject: str
    """The return, or the key of the payment."""
    number: int = 1
    """Counted from 1: a date that was broken is followed by a new one."""
    promised_at: Instant
    """When it was told."""
    due: Instant
    """The end of the day that was told."""
    outcome: DateOutcome = "open"
    """What became of it. A broken date is followed by a letter with a new one, unless there is nothing left to wait for."""
    ended_at: Instant | None = None
    """Since when that is known."""

    @property
    def id(self) -> str:
        return keys.date_promise(self.kind, self.subject, self.number)
