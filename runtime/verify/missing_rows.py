"""I1: no row is missing that a commit wrote together with the snapshot: notices, payments, entries, the audit log."""

from collections.abc import Iterator

from domain import notice_keys, payment_keys
from domain.model.payment import MOVED_OUTSIDE
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant

_RESTORE = "restore it from a backup (docs/operate.md)"


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """What the order and its snapshot say was written, against the tables."""
    for tender in records.order.tenders:
        if tender.refunded_to == "provider" and tender.payment not in records.payments:
            yield _missing(
                records, f"payment {tender.payment} of order {records.id} is not listed as its payment"
            )
    if records.state is None:
        return
    written = {row.key for row in records.notices}
    for key in expected_notices(records.state):
        if key not in written:
            yield _missing(
                records, f"notice {key} of order {records.id} was to be sent and is not in the outbox"
            )
    entries = {entry.key for entry in records.entries}
    for leg in records.state.legs():
        if leg.status == "settled" and payment_keys.ledger_entry("post", leg.key) not in entries:
            yield _missing(
                records, f"leg {leg.key} of order {records.id} is settled and has no entry in the ledger"
            )
    audited = {line.subject for line in records.audit if line.action == "payment_planned"}
    for settlement in records.state.settlements:
        if settlement.occasion not in audited:
            message = f"settlement {settlement.occasion} of order {records.id} is not in the audit log"
            yield _missing(records, message)


def expected_notices(state: JourneyState) -> Iterator[str]:
    """The keys of the notices that the journey must have written, by what its state says."""
    order = state.order.order
    for delay in state.delay_notices:
        yield notice_keys.order_notice(order, delay.subject, delay.reason, delay.revision)
    for parcel_id in state.corrected:
        yield notice_keys.order_notice(order, parcel_id, "delay_corrected", 1)
    if state.cancelled_at is not None:
        yield notice_keys.notice(order, "order_cancelled", 1)
    about = payment_keys.occasion_of_unshipped(order)
    if any(settlement.occasion == about for settlement in state.settlements):
        yield notice_keys.notice(about, "rest_cancelled", 1)
    for settlement in state.settlements:
        if settlement.legs and settlement.purpose not in MOVED_OUTSIDE:
            all_paid = all(leg.status == "settled" for leg in settlement.legs)
            kind = {
                "goodwill": "goodwill_issued",
                "reversal": "credit_reversed",
            }.get(settlement.purpose, "refunded")
            for letter in sorted({*settlement.letters.values(), *([1] if all_paid else [])}):
                yield notice_keys.notice(settlement.occasion, kind, letter)


def _missing(records: OrderRecords, what: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I1", subject=records.id, message=f"{what}; {_RESTORE}")
