"""I6: every open thing has a deadline in the future with an owner and a default, or is being done."""

from collections.abc import Iterator
from datetime import timedelta

from domain.journey import agenda
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant

_GRACE = timedelta(minutes=1)  # real time goes on while a journey gets to work; a sandbox clock stands still


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    if records.state is None:
        return
    waited = agenda.next_action(records.state)
    if not records.state.at_rest:
        yield from _overdue(records, records.state, waited)
    due = waited.at if waited else None
    if records.row.next_deadline != due:
        listed = records.row.next_deadline.isoformat() if records.row.next_deadline else "nothing"
        says = due.isoformat() if due else "nothing"
        yield _broken(
            records.id, f"order {records.id} is listed as waiting until {listed}, its snapshot says {says}"
        )
    yield from _questions(records, records.state)


def _overdue(
    records: OrderRecords, state: JourneyState, waited: ScheduledAction | None
) -> Iterator[BrokenInvariant]:
    if waited is None:
        yield _broken(records.id, f"order {records.id} is open and waits for nothing")
    elif waited.at <= records.now - (timedelta(0) if records.sandbox else _GRACE) and not _payment_in_flight(
        state
    ):
        at, now = waited.at.isoformat(), records.now.isoformat()
        yield _broken(records.id, f"order {records.id} should have done {waited.reason} at {at}; it is {now}")


def _payment_in_flight(state: JourneyState) -> bool:
    return any(leg.status in ("planned", "sent") for leg in state.legs())


def _questions(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    """What waits for a person is asked of one, and shown to them."""
    for case in state.returns:
        if case.decision == "in_review" and not state.has_open("review", case.return_id):
            yield _broken(case.return_id, f"return {case.return_id} is in review and nobody is asked")
        if case.held_until is not None and case.live and not state.has_open("hold", case.return_id):
            yield _broken(case.return_id, f"return {case.return_id} is held and nobody is asked")
    asked = {item.id: item for item in state.attention}
    shown = {row.id: row for row in records.attention}
    for name in sorted({*asked, *shown}):
        item, row = asked.get(name), shown.get(name)
        if row is None:
            yield _broken(name, f"question {name} of order {records.id} is open but on nobody's list")
        elif item is None:
            yield _broken(name, f"question {name} of order {records.id} is on the list but no longer open")
        elif (item.owner, item.deadline, item.default) != (row.owner, row.deadline, row.default):
            yield _broken(
                name,
                f"question {name} of order {records.id} is listed with another owner, deadline or default",
            )


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I6", subject=subject, message=says)
