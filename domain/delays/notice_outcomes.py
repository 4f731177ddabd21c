"""Outcomes of delay notices: what the customer was told, and when, is what later notices are compared with (NEW-7)."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.delays import follow_ups
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState


class DelayNoticeSent(Frozen):
    """A delay notice leaves at `at`, late or with other words than it was written with.

    reason, expected, attempt: what it says.
    again: the customer had it before, and a person has it sent again.
    """

    type: Literal["delay_notice_sent"] = "delay_notice_sent"
    subject: str
    revision: int
    at: Instant
    reason: str
    expected: Instant | None = None
    attempt: int = 0
    again: bool = False
    now: Instant | None = None


class DelayNoticeDropped(Frozen):
    """A delay notice was dropped because it was no longer true: the customer does not know of the delay.

    promised_until: by when an earlier notice promised the customer a message, if one did.
    """

    type: Literal["delay_notice_dropped"] = "delay_notice_dropped"
    subject: str
    revision: int
    at: Instant
    promised_until: Instant | None = None
    now: Instant | None = None


def record_notice_sent(state: JourneyState, sent: DelayNoticeSent) -> bool:
    """Keep what the notice said and when it left, to judge whether that was true and what is news after it.

    When the customer was told for the first time stays.
    """
    said: dict[str, object] = {"reason": sent.reason, "expected": sent.expected, "attempt": sent.attempt}
    if not sent.again:
        said["sent_at"] = sent.at
    return _update(state, sent.subject, sent.revision, said)


def record_notice_dropped(state: JourneyState, dropped: DelayNoticeDropped, now: datetime) -> bool:
    """Keep that the customer does not know, so that the delay is news when it comes back.

    The follow-up that the notice promised is due when an earlier notice promised one; without one there is none.
    """
    if not _update(state, dropped.subject, dropped.revision, {"dropped_at": dropped.at}):
        return False
    follow_ups.take_back(state, dropped.subject, now, dropped.promised_until)
    return True


def _update(state: JourneyState, subject: str, revision: int, update: dict[str, object]) -> bool:
    for index, notice in enumerate(state.delay_notices):
        if (notice.subject, notice.revision) == (subject, revision):
            state.delay_notices[index] = changed = DelayNotice(**{**notice.model_dump(), **update})
            return changed != notice
    return False
