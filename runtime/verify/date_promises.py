"""I6 for dates that customers were told: each ends, a broken one is followed by a letter, and all are counted."""

from collections.abc import Iterator

from domain import keys, notice_keys
from domain.model.date_promise import DatePromise
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.orders.date_promises import date_promise_values


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The dates of the order's state, against its letters and the rows that are counted."""
    if records.state is None:
        return
    written = {row.key for row in records.notices}
    for promise in records.state.date_promises:
        key = notice_keys.notice(promise.id, "date_broken", promise.number)
        if promise.outcome == "broken" and key not in written:
            yield _broken(records, promise.id, "was broken, and the customer was not told; write to them")
        if promise.outcome == "broken" and not _followed(records.state, promise):
            yield _broken(records, promise.id, "was broken, and no new date follows; report this defect")
    yield from _listed(records, records.state)


def _followed(state: JourneyState, promise: DatePromise) -> bool:
    following = keys.date_promise(promise.kind, promise.subject, promise.number + 1)
    return any(one.id == following for one in state.date_promises)


def _listed(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    listed = {row.id: (row.outcome, row.due) for row in records.date_promises}
    for row in date_promise_values(state):
        if listed.get(row["id"]) != (row["outcome"], row["due"]):
            yield _broken(
                records, row["id"], "is not counted as its snapshot has it; restore it from a backup"
            )


def _broken(records: OrderRecords, subject: str, what: str) -> BrokenInvariant:
    message = f"date {subject} of order {records.id} {what}"
    return BrokenInvariant(invariant="I6", subject=subject, message=message)
