"""I7 and I8: every notice once, true when it was sent or taken back exactly once, and never lost without a trace."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.delays.news import certainly_delivered_at
from domain.model.notice import Notice
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.tables.all import OutboxRow

_PENDING_OR_SENT = ("queued", "held", "sent")
_GRACE = timedelta(minutes=5)  # held ones are judged anew when somebody comes by


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    told = [(row, Notice.model_validate_json(row.notice)) for row in records.notices]
    keys = Counter(notice.key for row, notice in told if row.status in _PENDING_OR_SENT)
    for key, times in keys.items():
        if times > 1:
            yield _broken(key, f"notice {key} of order {records.id} is there {times} times")
    for row, notice in told:
        if row.key != notice.key or row.kind != notice.kind:
            yield _broken(
                row.key, f"notice {row.key} of order {records.id} carries another notice, {notice.key}"
            )
        yield from _ended(row, context)
        yield from _held(row, records)
        yield from _left(row, records)
    if records.state is not None:
        yield from _delays(records.state, told)


def _delays(state: JourneyState, notices: list[tuple[OutboxRow, Notice]]) -> Iterator[BrokenInvariant]:
    """Delay notices that left or may have, against the order's own tellings and what its parcels turned out to have done."""
    false: set[str] = set()
    delayed: set[str] = set()
    for row, notice in notices:
        if notice.kind != "delayed" or (row.status != "sent" and row.sending_at is None):
            continue
        delayed.add(notice.subject)
        if not _matches_delay_notice(state, notice):
            yield _broken(
                row.key, f"notice {row.key} tells of a delay that order {state.order.order} does not know"
            )
        if _was_false(state, notice, row.sent_at or row.sending_at):
            false.add(notice.subject)
    corrections = Counter(
        notice.subject
        for row, notice in notices
        if notice.kind == "delay_corrected" and row.status in _PENDING_OR_SENT
    )
    for subject in sorted(false):
        if corrections[subject] != 1:
            what = f"parcel {subject} of order {state.order.order}"
            yield _broken(
                subject, f"a false delay was told of {what} and corrected {corrections[subject]} times"
            )
    sent = {n.subject for row, n in notices if n.kind == "delay_corrected" and row.status == "sent"}
    for subject in sorted(sent - delayed):
        yield _broken(
            subject, f"a delay of parcel {subject} of order {state.order.order} was corrected but never told"
        )


def _was_false(state: JourneyState, notice: Notice, left: datetime | None) -> bool:
    """Its parcel had arrived when the notice left, or may have."""
    parcel = state.parcel(notice.subject)
    arrived = certainly_delivered_at(parcel) if parcel else None
    return arrived is not None and left is not None and arrived <= left


def _matches_delay_notice(state: JourneyState, notice: Notice) -> bool:
    """The facts in the notice are those of the telling with its revision."""
    facts = notice.details
    due, expected = _instant(facts.get("due")), _instant(facts.get("expected"))
    return any(
        (telling.subject, telling.revision, telling.reason, telling.due, telling.expected)
        == (notice.subject, facts.get("revision"), facts.get("reason"), due, expected)
        for telling in state.delay_notices
    )


def _instant(fact: str | int | None) -> datetime | None:
    return datetime.fromisoformat(fact) if isinstance(fact, str) else None


def _ended(row: OutboxRow, context: CheckContext) -> Iterator[BrokenInvariant]:
    """I8: a success, a visible end, or still to come."""
    says = ""
    if row.status == "sent" and row.sent_at is None:
        says = f"notice {row.key} is sent at no time"
    elif row.status in ("dropped", "dead") and not row.reason:
        says = f"notice {row.key} is {row.status} and nobody knows why"
    elif row.status not in (*_PENDING_OR_SENT, "dropped", "dead"):
        says = f"notice {row.key} has the unknown status {row.status}"
    elif row.status == "queued" and context.quiesced and row.not_before <= context.now:
        says = f"notice {row.key} is still queued although all is quiet"
    if says:
        yield BrokenInvariant(invariant="I8", subject=row.key, message=says)


def _held(row: OutboxRow, records: OrderRecords) -> Iterator[BrokenInvariant]:
    """I6: who waits is judged anew at a time to come, and it is known why it waits."""
    if row.status != "held":
        return
    late = records.now - (timedelta(0) if records.sandbox else _GRACE)
    says = ""
    if row.held_until is None:
        says = f"notice {row.key} is held until no time"
    elif not row.reason:
        says = f"notice {row.key} is held and nobody knows why"
    elif row.held_until <= late and row.lease_until is None:
        says = f"notice {row.key} should have been judged at {row.held_until.isoformat()}; it is {records.now.isoformat()}"
    if says:
        yield BrokenInvariant(invariant="I6", subject=row.key, message=says)


def _left(row: OutboxRow, records: OrderRecords) -> Iterator[BrokenInvariant]:
    """What may have left did so as one message, and not by a channel that had given it back."""
    if row.channel and row.channel in row.bounced_channels.split(","):
        yield _broken(row.key, f"notice {row.key} left by {row.channel}, which had given it back")
    if row.customer != records.row.customer:
        yield _broken(
            row.key,
            f"notice {row.key} is for {row.customer}, order {records.id} is of {records.row.customer}",
        )


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I7", subject=subject, message=says)
