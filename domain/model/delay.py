"""A delay: a promise at risk or broken, and the reason."""

from datetime import date, timedelta
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant

DelayReason = Literal[
    "not_shipped", "no_first_scan", "no_movement", "exception", "attempt_failed", "estimate_after_promise",
    "estimate_slipped", "promise_broken",
]  # fmt: skip


UNSHIPPED = "unshipped"  # the subject of a delay of units that are in no parcel yet


def unshipped_until(day: date) -> str:
    """The subject of a delay of units that ship later and are expected on that day."""
    return f"{UNSHIPPED}-{day.isoformat()}"


def is_unshipped(subject: str) -> bool:
    """Whether a delay or follow-up is about units that are in no parcel yet."""
    return subject.startswith(UNSHIPPED)


MAX_SEND_DELAY = timedelta(hours=1)  # a notice that waits longer in the outbox reports when it left


class Delay(Frozen):
    """From `since` on the subject counts as late for that reason.

    expected: the new date, if it is known.
    attempt: the number of the failed attempt that it is about, 0 for other reasons.
    """

    subject: str
    reason: DelayReason
    since: Instant
    due: Instant
    expected: Instant | None = None
    attempt: int = 0
