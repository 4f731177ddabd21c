"""Refunds that a provider has accepted and not finished in time: the customer is told before they ask, and finance chases it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.payments.statement_days import late_at

_LONGEST_REMINDER = timedelta(days=365)


def late_refunds_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The chase of each accepted leg about which no question is open, once it is late."""
    for leg in state.legs():
        if leg.status == "accepted" and leg.accepted_at and not state.has_open("refund_late", leg.key):
            at = late_at(state, leg.accepted_at)
            yield ScheduledAction(
                at=at, owner="system", action=ChaseRefund(leg=leg.key), reason="refund_late"
            )


class ChaseRefund(Change):
    """Tell the customer once, and ask finance; again after ever longer times, up to a year."""

    kind: ClassVar = "chase_refund"
    leg: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        found = state.find_leg(self.leg)
        if found is None or found[1].status != "accepted" or found[1].accepted_at is None:
            return
        leg = found[1]
        usual = timedelta(days=max(1, state.terms.policy.attention_days))
        wait = min(max(usual, now - found[1].accepted_at), _LONGEST_REMINDER)
        state.open_question("refund_late", leg.key, now, deadline=now + wait)
        if leg.chase():
            state.notify(now, notice_keys.notice(leg.key, "refund_late", leg.epoch), "refund_late", leg.key)
