"""How urgent a delay notice is: a more urgent one does not wait for the throttle that a lesser one began."""

from collections.abc import Iterable
from datetime import datetime

from domain.model.notice import Notice
from domain.model.notice_kinds import kinds_in_throttle_group
from domain.notifications.facts import Details, SentNotice

_OF_REASONS = {
    "attempt_failed": 3,  # the customer may have to act, today
    "promise_broken": 2, "estimate_after_promise": 2, "exception": 2,
}  # fmt: skip


def urgency_of_reason(reason: str) -> int:
    """1 for a mere silence, 2 for a delay that is known, 3 for a failed attempt."""
    return _OF_REASONS.get(reason, 1)


def urgency(kind: str, details: Details) -> int:
    """Of notices in the throttle group of delays. A follow-up, which only keeps a promise, is the least urgent."""
    return 0 if kind == "follow_up" else urgency_of_reason(str(details.get("reason", "")))


def last_throttling_at(notice: Notice, sent: Iterable[SentNotice]) -> datetime | None:
    """When the last notice left from which the throttle of this one counts: about the same parcel, and as urgent or more."""
    kinds, rank = kinds_in_throttle_group(notice.kind), urgency(notice.kind, notice.details)
    before = [
        one.at
        for one in sent
        if one.kind in kinds and one.subject == notice.subject and urgency(one.kind, one.details) >= rank
    ]
    return max(before, default=None)
