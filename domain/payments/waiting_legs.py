"""Legs that no rule can pay: the customer has not paid their tender yet, or no provider can pay them back. People decide."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.leg import Leg
from domain.model.state import JourneyState
from domain.payments.disputes.holds import held_legs
from domain.payments.payment_results import notify_if_paid

_LONGEST_REMINDER = timedelta(days=365)
WaitingKind = Literal["payment_not_captured", "refund_by_hand"]


def waiting_leg_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The question to finance about each leg that waits and about which no question is open."""
    held = {leg.key for one in state.disputes for leg in held_legs(state, one)}
    for leg in state.legs():
        if leg.waits and leg.key not in held and not state.has_open(_kind(leg), leg.key):
            action = OpenWaitingLeg(leg=leg.key)
            yield ScheduledAction(at=leg.planned_at, owner="system", action=action, reason=_kind(leg))


def _kind(leg: Leg) -> WaitingKind:
    return "payment_not_captured" if leg.awaits == "capture" else "refund_by_hand"


class OpenWaitingLeg(Change):
    """Open the question about a leg that waits.

    A refund by hand stays owed: finance has as long again as it has waited already, up to a year.
    """

    kind: ClassVar = "open_waiting_leg"
    leg: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        found = state.find_leg(self.leg)
        if found is None or not found[1].waits:
            return
        leg = found[1]
        if leg.awaits == "capture":
            state.open_question("payment_not_captured", leg.key, now)
            return
        usual = timedelta(days=max(1, state.terms.policy.attention_days))
        wait = min(max(usual, now - leg.planned_at), _LONGEST_REMINDER)
        state.open_question("refund_by_hand", leg.key, now, deadline=now + wait)


def waive_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Nothing goes back of what the customer has not paid."""
    waive_waiting_leg(state, item.subject, now)


def waive_waiting_leg(state: JourneyState, key: str, now: datetime) -> None:
    """Skip a leg that waits; the rest of its settlement stays."""
    found = state.find_leg(key)
    if found is None or not found[1].waits:
        return
    settlement, leg = found
    leg.skip()
    for kind in ("payment_not_captured", "refund_by_hand"):
        state.settle_question(kind, key)
    notify_if_paid(state, settlement, now)
