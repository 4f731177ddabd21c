"""Refunds that came back, or failed after the provider had accepted them: the money is owed again, and people decide."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import keys
from domain.actors import Actor
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.leg import Leg, RefundWay
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments.date_promises import end_of_that_day, promise_date

_LONGEST_REMINDER = timedelta(days=365)


def open_returned_question(state: JourneyState, settlement: Settlement, leg: Leg, now: datetime) -> None:
    """Ask finance how the money is paid, and tell the customer, who may choose."""
    item = _ask(state, leg, now, now)
    told = promise_date(state, "refund_decision", leg.key, end_of_that_day(state, item.deadline), now)
    key = keys.notice(leg.key, "refund_returned", leg.epoch)
    state.notify(now, key, "refund_returned", leg.key, deadline=told.due.isoformat())


def returned_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Asks finance again about each refund that came back, unless the question is open already."""
    for leg in state.legs():
        since = leg.returned_at
        if since is not None and not state.has_open("refund_returned", leg.key):
            action = OpenReturnedRefund(leg=leg.key)
            yield ScheduledAction(at=since, owner="system", action=action, reason="refund_returned")


class OpenReturnedRefund(Change):
    """Open the question again: finance has as long as the money has been owed already, up to a year."""

    kind: ClassVar = "open_returned_refund"
    leg: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        found = state.find_leg(self.leg)
        if found is not None and found[1].returned_at is not None:
            _ask(state, found[1], found[1].returned_at, now)


def _ask(state: JourneyState, leg: Leg, since: datetime, now: datetime) -> AttentionItem:
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    wait = min(max(usual, now - since), _LONGEST_REMINDER)
    return state.open_question("refund_returned", leg.key, now, deadline=now + wait)


def returned_leg(state: JourneyState, key: str) -> Leg | None:
    """The leg, while its money is owed again because it came back; None once anything else happens to it.

    key: its key, or its short name in letters.
    """
    found = (leg for leg in state.legs() if key in (leg.key, keys.leg_in_letters(leg.key)))
    leg = next(found, None)
    if leg is None or not state.has_open("refund_returned", leg.key):
        return None
    return leg if leg.returned_at is not None else None


def pay_otherwise(state: JourneyState, key: str, choice: RefundWay, actor: Actor, now: datetime) -> None:
    """Pay what came back as store credit, or have a person pay it."""
    leg = returned_leg(state, key)
    assert leg is not None, f"leg {key} did not come back"
    returned = leg.key
    state.settle_question("refund_returned", returned)
    leg.pay_otherwise(choice, now, actor.role)
    state.audit(now, actor, "refund_chosen", leg.key, answer=choice, replaces=returned)
