"""Automatic steps of disputes: alarms before a deadline, questions that are asked again, letters, and losses that are covered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys
from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.dispute import Dispute
from domain.model.state import JourneyState
from domain.payments.disputes.holds import already_refunded, dispute_that_holds
from domain.payments.disputes.losses import cover_rest, losses_due
from domain.payments.disputes.questions import open_dispute_question, open_outcome_questions
from domain.payments.disputes.statements import book

ALARMS = (timedelta(days=3), timedelta(days=1))  # before the provider's deadline


def dispute_steps_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The steps of all disputes of the order."""
    for dispute in state.disputes:
        yield from _questions(state, dispute)
        yield from _alarms(dispute)
    for dispute in losses_due(state):
        yield _now(CoverLoss(dispute=dispute.dispute), dispute, "dispute_lost")
    if state.disputes:
        yield from _letters(state)


def _questions(state: JourneyState, dispute: Dispute) -> Iterator[ScheduledAction]:
    unanswered = not dispute.ended and not state.has_open("dispute", dispute.dispute)
    if unanswered or (dispute.unassigned and not state.has_open("dispute_units", dispute.dispute)):
        yield _now(OpenDisputeQuestion(dispute=dispute.dispute), dispute, "dispute")


def _alarms(dispute: Dispute) -> Iterator[ScheduledAction]:
    """The next alarm, while the provider takes evidence."""
    stated = dispute.newest
    if stated is None or stated.respond_by is None or stated.state not in ("inquiry", "needs_response"):
        return
    if dispute.warned < len(ALARMS):
        at = max(stated.respond_by - ALARMS[dispute.warned], dispute.opened_at)
        action = WarnOfDispute(dispute=dispute.dispute)
        yield ScheduledAction(at=at, owner="finance", action=action, reason="dispute_deadline_near")


def _letters(state: JourneyState) -> Iterator[ScheduledAction]:
    for settlement in state.settlements:
        for leg in settlement.legs:
            told = leg.hold_notified or not leg.principal  # a bonus is told of with what it is added to
            holding = None if told else dispute_that_holds(state, settlement, leg)
            if holding is not None:
                yield _now(NotifyOfHold(leg=leg.key), holding, "refund_held")


def _now(action: Change, dispute: Dispute, reason: str) -> ScheduledAction:
    return ScheduledAction(at=dispute.opened_at, owner="system", action=action, reason=reason)


def find_dispute(state: JourneyState, dispute: str) -> Dispute | None:
    """The dispute with that id."""
    return next((one for one in state.disputes if one.dispute == dispute), None)


class OpenDisputeQuestion(Change):
    """Open a question again that had no answer: nothing is paid meanwhile."""

    kind: ClassVar = "open_dispute_question"
    dispute: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        dispute = find_dispute(state, self.dispute)
        if dispute is None:
            return
        if not dispute.ended:
            open_dispute_question(state, dispute, now)
        open_outcome_questions(state, dispute, now)


class WarnOfDispute(Change):
    """An alarm: the provider's deadline is near, and no evidence is there."""

    kind: ClassVar = "warn_of_dispute"
    dispute: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        dispute = find_dispute(state, self.dispute)
        if dispute is None or dispute.newest is None or dispute.newest.respond_by is None:
            return
        due = [alarm for alarm in ALARMS if dispute.newest.respond_by - alarm <= now]
        dispute.warned = max(len(due), dispute.warned + 1)
        deadline = dispute.newest.respond_by.isoformat()
        state.audit(now, SYSTEM, "dispute_deadline_near", dispute.dispute, respond_by=deadline)


class CoverLoss(Change):
    """Settle more of a lost dispute: something of its tender is free, or did not leave after all."""

    kind: ClassVar = "cover_loss"
    dispute: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        dispute = find_dispute(state, self.dispute)
        if dispute is None:
            return
        cover_rest(state, dispute, now)
        if not already_refunded(state, dispute):
            state.settle_question("dispute_refunded", dispute.dispute)
        book(state, dispute)


class NotifyOfHold(Change):
    """Tell the customer once that a refund waits for the bank."""

    kind: ClassVar = "notify_of_hold"
    leg: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        found = state.find_leg(self.leg)
        if found is not None and found[1].mark_hold_notified():
            state.notify(now, notice_keys.notice(self.leg, "refund_held", 1), "refund_held", self.leg)
