"""The facts by which a notice is judged right before it leaves: the newest state, what left before, and the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.base import Frozen
from domain.clock import Instant
from domain.model.delay import is_unshipped
from domain.model.notice import NoticeKind
from domain.model.state import JourneyState
from domain.money import Money

Details = dict[str, str | int]


class Stale(Frozen):
    """The notice is not true any more. `reason`: why, in one word."""

    reason: str


class SentNotice(Frozen):
    """A notice of the same order that has left, or may have left before a crash, as it left. `at`: business time."""

    key: str
    kind: NoticeKind
    subject: str
    at: Instant
    details: Details = {}


@dataclass(frozen=True)
class Facts:
    """state: the order's newest snapshot. sent: its other notices that left. now: business time.

    credit: what is left of the store credit that the notice is about, where it is about some.
    """

    state: JourneyState
    sent: Sequence[SentNotice]
    now: datetime
    credit: Money | None = None

    def sent_about(self, subject: str) -> list[SentNotice]:
        """What left about this parcel, or about unshipped units, which may be in this parcel now; the newest last."""
        about = [one for one in self.sent if one.subject == subject or is_unshipped(one.subject)]
        return sorted(about, key=lambda one: one.at)

    def coming(self, instant: datetime | None) -> str | None:
        """The time as a detail, if it is still to come."""
        return instant.isoformat() if instant is not None and instant > self.now else None


def known_news(state: JourneyState, subject: str) -> Details:
    """As a detail, which news a notice about the subject knows as it leaves: a later one compares it with its own.

    Of a parcel: the scan that decides its status, and the expected date. Of unshipped units: how many there are.
    """
    if is_unshipped(subject):
        units = state.unshipped_by_subject().get(subject, {})
        return {"known": f"{subject} {sum(map(len, units.values()))}"}
    parcel = state.parcel(subject)
    if parcel is None:
        return {}
    since, expected = parcel.tracking.at, parcel.estimate.latest(state.zone) if parcel.estimate else None
    times = (instant.isoformat() if instant else "-" for instant in (since, expected))
    return {"known": " ".join((parcel.tracking.status, *times))}
