"""I7 and I8: every notice exists once, was true when it was sent or was corrected once, and is never lost silently."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.delays.news import certainly_delivered_at
from domain.model.notice import Notice
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.tables.all import OutboxRow

_Stored = tuple[OutboxRow, Notice]
_PENDING_OR_SENT = ("queued", "held", "sent")
_GRACE = timedelta(minutes=5)  # held notices are checked again by the next dispatcher


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Each notice of the order on its own, then its delay notices together."""
    notices = [(row, Notice.model_validate_json(row.notice)) for row in records.notices]
    keys = Counter(notice.key for row, notice in notices if row.status in _PENDING_OR_SENT)
    for key, times in keys.items():
        if times > 1:
            yield _broken(key, f"notice {key} of order {records.id} exists {times} times")
    for row, notice in notices:
        if row.key != notice.key or row.kind != notice.kind:
            yield _broken(
                row.key, f"notice {row.key} of order {records.id} carries another notice, {notice.key}"
            )
        yield from _ended(row, context)
        yield from _held(row, records)
        yield from _left(row, records)
    if records.state is not None:
        yield from _delays(records.state, notices)


def _delays(state: JourneyState, notices: list[_Stored]) -> Iterator[BrokenInvariant]:
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
    state: JourneyState, corrections: list[_Stored], delayed: set[str], false: set[str]
) -> Iterator[BrokenInvariant]:
    """Each parcel with a false delay notice has one correction, and no other parcel has one."""
    counts = Counter(notice.subject for row, notice in corrections if row.status in _PENDING_OR_SENT)
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


def _ended(row: OutboxRow, context: CheckContext) -> Iterator[BrokenInvariant]:
    """I8: a notice was sent, has a visible end, or is still to come."""
    message = ""
    if row.status == "sent" and row.sent_at is None:
        message = f"notice {row.key} is sent but has no time"
    elif row.status in ("dropped", "dead") and not row.reason:
        message = f"notice {row.key} is {row.status} without a reason"
    elif row.status not in (*_PENDING_OR_SENT, "dropped", "dead"):
        message = f"notice {row.key} has the unknown status {row.status}"
    elif row.status == "queued" and context.quiesced and row.not_before <= context.now:
        message = f"notice {row.key} is still queued although the system is idle"
    if message:
        yield BrokenInvariant(invariant="I8", subject=row.key, message=message)


def _held(row: OutboxRow, records: OrderRecords) -> Iterator[BrokenInvariant]:
    """I6: a held notice has a reason, and a time in the future at which it is checked again."""
    if row.status != "held":
        return
    late = records.now - (timedelta(0) if records.sandbox else _GRACE)
    message = ""
    if row.held_until is None:
        message = f"notice {row.key} is held without an end"
    elif not row.reason:
        message = f"notice {row.key} is held without a reason"
    elif row.held_until <= late and row.lease_until is None:
        message = f"notice {row.key} should have been checked at {row.held_until.isoformat()}; it is {records.now.isoformat()}"
    if message:
        yield BrokenInvariant(invariant="I6", subject=row.key, message=message)


def _left(row: OutboxRow, records: OrderRecords) -> Iterator[BrokenInvariant]:
    """A notice was not sent by a channel that had bounced it, and is for the order's customer."""
    if row.channel and row.channel in row.bounced_channels.split(","):
        yield _broken(row.key, f"notice {row.key} was sent by {row.channel}, which had bounced it")
    if row.customer != records.row.customer:
        yield _broken(
            row.key,
            f"notice {row.key} is for {row.customer}, order {records.id} is of {records.row.customer}",
        )


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I7", subject=subject, message=message)
