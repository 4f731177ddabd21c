"""I6: every open item has a deadline with an owner and a default, or is being worked on; each overdue one is named."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.journey import agenda
from domain.model.deadlines import ScheduledAction
from domain.model.leg import Leg
from domain.model.state import JourneyState
from domain.payments.rules import PayLeg, unanswered_payments
from domain.tracking.tracker_polls import PollTracker
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money

# Real time goes on while a journey starts its work; a sandbox clock stands still.
_GRACE = timedelta(minutes=1)
_POLL_GRACE = timedelta(
    hours=1
)  # a poll is repeated while its service does not answer, and nothing waits for it
_START_GRACE = timedelta(minutes=5)  # until a leg that is due must be in the ledger, real time
_ANSWER_GRACE = timedelta(
    hours=25
)  # until finance has a question about a leg that a provider does not answer, real time


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order's actions: none overdue, and the next one listed with the deadline that the snapshot gives it."""
    if records.state is None:
        return
    action = agenda.next_action(records.state)
    if not records.state.at_rest:
        yield from _overdue(records, records.state)
        yield from _unpaid(records, records.state, context.now)
    due = action.at if action else None
    if records.row.next_deadline != due:
        listed = records.row.next_deadline.isoformat() if records.row.next_deadline else "nothing"
        stored = due.isoformat() if due else "nothing"
        message = (
            f"order {records.id} is listed as waiting until {listed}, but its snapshot waits until {stored}"
        )
        yield _broken(records.id, message)
    yield from _questions(records, records.state)


def _overdue(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    """Each action whose time has come, but for payments, which have a check of their own."""
    waits = list(agenda.scheduled_actions(state))
    if not waits:
        yield _broken(records.id, f"order {records.id} is open and waits for nothing")
    for wait in waits:
        if not isinstance(wait.action, PayLeg) and wait.at <= records.now - _grace(records, wait):
            at, now = wait.at.isoformat(), records.now.isoformat()
            item = f"order {records.id} should have done {wait.reason}{_about(wait)}"
            yield _broken(records.id, f"{item} at {at}; it is {now}")


def _grace(records: OrderRecords, wait: ScheduledAction) -> timedelta:
    if isinstance(wait.action, PollTracker):
        return _POLL_GRACE
    return timedelta(0) if records.sandbox else _GRACE


def _about(wait: ScheduledAction) -> str:
    """The return, parcel or other item that the action names."""
    named = wait.action.model_dump()
    item = next((named[field] for field in ("subject", "parcel_id", "return_id") if field in named), None)
    if item is None and isinstance(named.get("delay"), dict):
        item = named["delay"].get("subject")
    return f" of {item}" if item else ""


def _unpaid(records: OrderRecords, state: JourneyState, now: datetime) -> Iterator[BrokenInvariant]:
    """Legs that are due and were not sent, or without an answer of their provider for a day."""
    sent = {row.key: row for row in records.legs}
    since = records.row.unpaid_since
    for leg in unanswered_payments(state):
        row = sent.get(leg.key)
        if row is None and since is not None and since <= now - _START_GRACE:
            message = f"is due since {leg.planned_at.isoformat()} and nobody sends it; look at the journey of the order"
            yield _broken_leg(records, leg, message)
        elif row is not None and row.status in ("reserved", "sent") and row.created_at <= now - _ANSWER_GRACE:
            message = (
                f"has no answer of its provider since {row.created_at.isoformat()} and finance was not asked"
            )
            yield _broken_leg(records, leg, message)


def _broken_leg(records: OrderRecords, leg: Leg, message: str) -> BrokenInvariant:
    amount = money((leg.principal + leg.bonus).minor, leg.principal.currency)
    return _broken(leg.key, f"leg {leg.key} of order {records.id} ({amount}) {message}")


def _questions(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    """A return that waits for an agent has an open question, and every open question is in the list."""
    for case in state.returns:
        if case.decision == "in_review" and not state.has_open("review", case.return_id):
            message = f"return {case.return_id} is in review but no question about it is open"
            yield _broken(case.return_id, message)
        if case.held_until is not None and case.live and not state.has_open("hold", case.return_id):
            message = f"return {case.return_id} is held but no question about it is open"
            yield _broken(case.return_id, message)
    for item in state.attention:
        if item.kind == "action_stuck":
            message = f"step {item.subject} of order {records.id} stays due although it was performed; report this defect"
            yield _broken(item.id, message)
    yield from _listed(records, state)


def _listed(records: OrderRecords, state: JourneyState) -> Iterator[BrokenInvariant]:
    opened = {item.id: item for item in state.attention}
    listed = {row.id: row for row in records.attention}
    for name in sorted({*opened, *listed}):
        asked, row = opened.get(name), listed.get(name)
        question = f"question {name} of order {records.id}"
        if row is None:
            yield _broken(name, f"{question} is open but not in the list")
        elif asked is None:
            yield _broken(name, f"{question} is on the list but no longer open")
        elif (asked.owner, asked.due, asked.default) != (row.owner, row.deadline, row.default):
            yield _broken(name, f"{question} is listed with another owner, deadline or default")


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I6", subject=subject, message=message)
