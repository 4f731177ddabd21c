"""I7 for delay notices: each was true when it was sent, or was corrected once."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from domain.delays.news import certainly_delivered_at
from domain.model.notice import Notice
from domain.model.state import JourneyState
from runtime.verify.report import BrokenInvariant
from store.tables.all import OutboxRow

StoredNotice = tuple[OutboxRow, Notice]
PENDING_OR_SENT = ("queued", "held", "sent")


def delay_notices(state: JourneyState, notices: list[StoredNotice]) -> Iterator[BrokenInvariant]:
    """Delay notices that were or may have been sent, against the order's own list of them and the parcels' deliveries."""
    delayed: set[str] = set()
    false: set[str] = set()
    for row, notice in notices:
        if notice.kind != "delayed" or (row.status != "sent" and row.sending_at is None):
            continue
        delayed.add(notice.subject)
        if not _matches_delay_notice(state, notice):
            message = f"notice {row.key} names a delay that order {state.order.order} does not have"
            yield _broken(row.key, message)
        if _was_false(state, notice, row.sent_at or row.sending_at):
            false.add(notice.subject)
    corrections = [(row, notice) for row, notice in notices if notice.kind == "delay_corrected"]
    yield from _corrections(state, corrections, delayed, false)


def _corrections(
    state: JourneyState, corrections: list[StoredNotice], delayed: set[str], false: set[str]
) -> Iterator[BrokenInvariant]:
    """Each parcel with a false delay notice has one correction, and no other parcel has one."""
    counts = Counter(notice.subject for row, notice in corrections if row.status in PENDING_OR_SENT)
    for subject in sorted(false):
        if counts[subject] != 1:
            parcel = f"parcel {subject} of order {state.order.order}"
            message = f"a false delay notice about {parcel} was corrected {counts[subject]} times"
            yield _broken(subject, message)
    sent = {notice.subject for row, notice in corrections if row.status == "sent"}
    for subject in sorted(sent - delayed):
        parcel = f"parcel {subject} of order {state.order.order}"
        yield _broken(subject, f"a delay of {parcel} was corrected but no delay notice was sent")


def _was_false(state: JourneyState, notice: Notice, left: datetime | None) -> bool:
    """The parcel had arrived when the notice was sent."""
    parcel = state.parcel(notice.subject)
    arrived = certainly_delivered_at(parcel) if parcel else None
    return arrived is not None and left is not None and arrived <= left


def _matches_delay_notice(state: JourneyState, notice: Notice) -> bool:
    """The details of the notice are those of the state's delay notice with the same revision."""
    details = notice.details
    due, expected = _instant(details.get("due")), _instant(details.get("expected"))
    return any(
        (delay.subject, delay.revision, delay.reason, delay.due, delay.expected)
        == (notice.subject, details.get("revision"), details.get("reason"), due, expected)
        for delay in state.delay_notices
    )


def _instant(detail: str | int | None) -> datetime | None:
    return datetime.fromisoformat(detail) if isinstance(detail, str) else None


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I7", subject=subject, message=message)
