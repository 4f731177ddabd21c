"""Automatic steps about deadlines of money: people are told in time, and at the limit it leaves by itself (MON-12)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.attention import Owner
from domain.model.deadlines import ScheduledAction
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.returns.deadlines import (
    RefundLimit,
    money_is_owed,
    refund_limit,
    releases_at,
    stuck_legs,
)
from domain.returns.steps import decide_review

_LONGEST_REMINDER = timedelta(days=365)


def refund_releases_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Money of returns that leaves by itself, as the date is near and the goods or a proof of sending are there."""
    for case in state.returns:
        at = releases_at(state, case)
        if at is not None:
            action = ReleaseRefund(return_id=case.return_id)
            yield ScheduledAction(at=at, owner="merchant", action=action, reason="refund_limit")


class ReleaseRefund(Change):
    """Pay what is there or was sent, without waiting any longer. A review whose default is to approve ends."""

    kind: ClassVar = "release_refund"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        if releases_at(state, case) is None:
            return  # an action that was due at the same time has paid it or keeps it back
        if case.decision == "in_review":
            state.settle_question("review", case.return_id)
            decide_review(state, case, True, now)
        case.released_at = now
        state.audit(now, SYSTEM, "refund_released", case.return_id)


def refund_alerts_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The next alert about money that has not left, and the end of one whose money is not owed any more."""
    for case in state.returns:
        limit, alerted = refund_limit(state, case), state.has_open("refund_due", case.return_id)
        if limit is None or not money_is_owed(state, case):
            if alerted:
                action: Change = EndRefundAlert(return_id=case.return_id)
                yield ScheduledAction(at=case.opened_at, owner="system", action=action, reason="refund_sent")
            continue
        step = next((one for one in _steps(state) if one > case.alerted), None)
        if step is not None or not alerted:
            at = limit.after(step) if step is not None else limit.at
            action = AlertRefund(return_id=case.return_id)
            yield ScheduledAction(at=at, owner="system", action=action, reason="refund_due")


def _steps(state: JourneyState) -> tuple[int, ...]:
    return (*state.terms.policy.refund_deadlines.alerts, 100)


class AlertRefund(Change):
    """Ask who can act. The question goes on to the merchant at the limit, and is asked again after ever longer times."""

    kind: ClassVar = "alert_refund"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        limit = refund_limit(state, case)
        if limit is None or not money_is_owed(state, case):
            return  # an action that was due at the same time has paid it
        reached = max((one for one in _steps(state) if limit.after(one) <= now), default=0)
        case.alerted = max(case.alerted, reached)
        state.open_question(
            "refund_due",
            case.return_id,
            now,
            owner=_owner(state, case),
            deadline=_deadline(state, limit, now),
            default="remind" if releases_at(state, case) is None else "refund",
        )
        state.audit(now, SYSTEM, "refund_alerted", case.return_id, percent=case.alerted)


def _owner(state: JourneyState, case: ReturnCase) -> Owner:
    """Who holds the money up; from the limit on the merchant answers for it."""
    if case.alerted >= 100:
        return "merchant"
    if case.decision == "in_review" or case.held_until is not None:
        return "agent"
    return "finance" if stuck_legs(state, case) else "warehouse"


def _deadline(state: JourneyState, limit: RefundLimit, now: datetime) -> datetime:
    if now < limit.at:
        return limit.at
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    return now + min(max(usual, now - limit.at), _LONGEST_REMINDER)


class EndRefundAlert(Change):
    """Close the question: the money has left, or is not owed."""

    kind: ClassVar = "end_refund_alert"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        state.settle_question("refund_due", self.return_id)
