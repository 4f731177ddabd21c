"""Refunds whose way failed: refused at once, or come back. The money is owed, and the customer or a person decides how."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys, payment_keys
from domain.actors import Actor
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.leg import Leg
from domain.model.leg_data import RefundWay
from domain.model.payment import PaymentResult
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments.date_promises import end_of_that_day, promise_date
from domain.payments.disputes.holds import DISPUTED

_LONGEST_REMINDER = timedelta(days=365)


def open_returned_question(state: JourneyState, settlement: Settlement, leg: Leg, now: datetime) -> None:
    """Ask finance how the money is paid, and tell the customer, who may choose."""
    item = _open_question(state, leg, now, now)
    key = notice_keys.notice(leg.key, "refund_returned", leg.epoch)
    deadline = _promise_decision(state, leg, item, now)
    state.notify(now, key, "refund_returned", leg.key, deadline=deadline)


def _promise_decision(state: JourneyState, leg: Leg, item: AttentionItem, now: datetime) -> str:
    """The day of the decision, which is a promise from now on, as a detail of the letter."""
    due = end_of_that_day(state, item.deadline)
    return promise_date(state, "refund_decision", leg.key, due, now).due.isoformat()


_NOT_THERE = frozenset(
    {"not_covered", "charge_already_refunded", "amount_above_remaining", "amount_too_large"}
)  # the payment may hold nothing any more: who has the money?


def offer_other_way(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult, now: datetime
) -> None:
    """A provider refused a refund: the customer may take store credit or ask for another way, and is told once.

    Not where the payment may hold too little, as the customer may have the money already: finance decides alone.
    """
    if settlement.purpose != "refund" or leg.to != "provider":
        return
    if result.left is not None or result.decline in _NOT_THERE | DISPUTED:
        return
    if leg.offer_other_way():
        item = state.open_item("payment_failed", leg.key)
        details = {"deadline": _promise_decision(state, leg, item, now)} if item else {}
        key = notice_keys.notice(leg.key, "refund_declined", leg.epoch)
        state.notify(now, key, "refund_declined", leg.key, **details)


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
            _open_question(state, found[1], found[1].returned_at, now)


def _open_question(state: JourneyState, leg: Leg, since: datetime, now: datetime) -> AttentionItem:
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    wait = min(max(usual, now - since), _LONGEST_REMINDER)
    return state.open_question("refund_returned", leg.key, now, deadline=now + wait)


def leg_to_choose(state: JourneyState, key: str) -> Leg | None:
    """The leg, while its money is owed because its way failed; None once anything else happens to it.

    key: its key, or its short name in letters, also of an earlier letter.
    """
    found = (leg for leg in state.legs() if key in (leg.key, *map(payment_keys.leg_in_letters, leg.all_keys)))
    leg = next(found, None)
    return leg if leg is not None and choice_deadline(state, leg) is not None else None


def choice_deadline(state: JourneyState, leg: Leg) -> datetime | None:
    """By when finance decides how it is paid, while the customer may choose before; None where there is nothing to choose.

    Nor where the provider states since that it is paid after all: the customer may have the money.
    """
    if leg.may_be_paid:
        return None
    came_back = leg.returned_at is not None and state.open_item("refund_returned", leg.key)
    refused = leg.status == "failed" and leg.offered and state.open_item("payment_failed", leg.key)
    item = came_back or refused
    return item.deadline if item else None


def pay_otherwise(state: JourneyState, key: str, choice: RefundWay, actor: Actor, now: datetime) -> None:
    """Pay what came back or was refused as store credit, or have a person pay it."""
    leg = leg_to_choose(state, key)
    assert leg is not None, f"leg {key} has no choice"
    returned = leg.key
    for kind in ("refund_returned", "payment_failed"):
        state.settle_question(kind, returned)
    leg.pay_otherwise(choice, now, actor.role)
    state.audit(now, actor, "refund_chosen", leg.key, answer=choice, replaces=returned)
