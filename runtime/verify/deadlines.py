"""I6: every open matter has a deadline in the future with an owner and a default, or is being worked on."""

from collections.abc import Iterator
from datetime import timedelta

from domain.journey import agenda
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant

# Real time goes on while a journey starts its work; a sandbox clock stands still.
_GRACE = timedelta(minutes=1)


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order's next action: not overdue, and listed with the deadline that the snapshot gives it."""
    if records.state is None:
        return
    action = agenda.next_action(records.state)
    if not records.state.at_rest:
        yield from _overdue(records, records.state, action)
    due = action.at if action else None
    if records.row.next_deadline != due:
        listed = records.row.next_deadline.isoformat() if records.row.next_deadline else "nothing"
        stored = due.isoformat() if due else "nothing"
        message = (
            f"order {records.id} is listed as waiting until {listed}, but its snapshot waits until {stored}"
        )
        yield _broken(records.id, message)
    yield from _questions(records, records.state)


def _overdue(
    records: OrderRecords, state: JourneyState, action: ScheduledAction | None
) -> Iterator[BrokenInvariant]:
    if action is None:
        yield _broken(records.id, f"order {records.id} is open and waits for nothing")
        return
    grace = timedelta(0) if records.sandbox else _GRACE
    if action.at <= records.now - grace and not _payment_in_flight(state):
        at, now = action.at.isoformat(), records.now.isoformat()
        yield _broken(records.id, f"order {records.id} should have done {action.reason} at {at}; it is {now}")


def _payment_in_flight(state: JourneyState) -> bool:
    return any(leg.status in ("planned", "sent") for leg in state.legs())


def _questions(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    """A return that waits for an agent has an open question, and every open question is in the list."""
    for case in state.returns:
        if case.decision == "in_review" and not state.has_open("review", case.return_id):
            message = f"return {case.return_id} is in review but no question about it is open"
            yield _broken(case.return_id, message)
        if case.held_until is not None and case.live and not state.has_open("hold", case.return_id):
            message = f"return {case.return_id} is held but no question about it is open"
            yield _broken(case.return_id, message)
    opened = {item.id: item for item in state.attention}
    listed = {row.id: row for row in records.attention}
    for name in sorted({*opened, *listed}):
        item, row = opened.get(name), listed.get(name)
        question = f"question {name} of order {records.id}"
        if row is None:
            yield _broken(name, f"{question} is open but not in the list")
        elif item is None:
            yield _broken(name, f"{question} is on the list but no longer open")
        elif (item.owner, item.deadline, item.default) != (row.owner, row.deadline, row.default):
            yield _broken(name, f"{question} is listed with another owner, deadline or default")


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I6", subject=subject, message=message)
