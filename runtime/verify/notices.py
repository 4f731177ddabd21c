"""I7 and I8: every notice exists once and is never lost silently."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from domain import notice_keys
from domain.model.notice import Notice
from runtime.verify.delay_notices import PENDING_OR_SENT, delay_notices
from runtime.verify.letters import letters
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.notifications.outbox import MERCHANT_PAUSED
from store.tables.all import OutboxRow

_GRACE = timedelta(minutes=5)  # held notices are checked again by the next dispatcher


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Each notice of the order on its own, then its delay notices together.

    A copy carries the notice of which it is one, and counts as none of its own.
    """
    notices = [(row, Notice.model_validate_json(row.notice)) for row in records.notices]
    firsts = [(row, notice) for row, notice in notices if not notice_keys.is_copy(row.key)]
    existing = Counter(notice.key for row, notice in firsts if row.status in PENDING_OR_SENT)
    for key, times in existing.items():
        if times > 1:
            yield _broken(key, f"notice {key} of order {records.id} exists {times} times")
    for row, notice in notices:
        if notice_keys.first_notice(row.key) != notice.key or row.kind != notice.kind:
            yield _broken(
                row.key, f"notice {row.key} of order {records.id} carries another notice, {notice.key}"
            )
        yield from _ended(row, context)
        yield from _held(row, records)
        yield from _left(row, records)
    if records.state is not None:
        yield from delay_notices(records.state, firsts)
        yield from letters(records.state, notices)


def _ended(row: OutboxRow, context: CheckContext) -> Iterator[BrokenInvariant]:
    """I8: a notice was sent, has a visible end, or is still to come."""
    message = ""
    if row.status == "sent" and row.sent_at is None:
        message = f"notice {row.key} is sent but has no time"
    elif row.status in ("dropped", "dead") and not row.reason:
        message = f"notice {row.key} is {row.status} without a reason"
    elif row.status not in (*PENDING_OR_SENT, "dropped", "dead"):
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
    if row.held_until is None and row.reason != MERCHANT_PAUSED:
        message = f"notice {row.key} is held without an end"
    elif not row.reason:
        message = f"notice {row.key} is held without a reason"
    elif row.held_until is not None and row.held_until <= late and row.lease_until is None:
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
