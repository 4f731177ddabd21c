"""Automatic steps of payments: a planned leg is paid, and a payment without a result is looked up."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from domain.model.actions import Effect, EffectRunner
from domain.model.deadlines import ScheduledAction
from domain.model.leg import Leg
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments.disputes.holds import dispute_that_holds

PAYMENT_TIMEOUT = timedelta(hours=1)  # then a payment without a result is looked up at the provider
LOOKUP_INTERVAL = timedelta(
    days=1
)  # between look-ups of a payment that the provider has accepted and not finished


def payments_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The legs to pay or look up. A planned leg is paid at once, unless its return is on hold.

    A leg that was sent and has no result, that the provider has accepted, or of which there is news, is looked up.
    """
    for settlement, leg in ((s, leg) for s in state.settlements for leg in s.legs):
        pay = PayLeg(leg=leg.key)
        if leg.lookup != "none" and leg.lookup_at is not None:
            at = leg.lookup_at + (PAYMENT_TIMEOUT if leg.lookup == "sent" else timedelta(0))
            yield ScheduledAction(at=at, owner="system", action=pay, reason="payment_lookup")
        elif leg.status == "planned" and not _held(state, settlement, leg):
            yield ScheduledAction(at=leg.planned_at, owner="system", action=pay, reason="payment_planned")
        elif leg.status == "sent" and leg.sent_at is not None:
            at = leg.sent_at + PAYMENT_TIMEOUT
            yield ScheduledAction(at=at, owner="finance", action=pay, reason="payment_unanswered")
        elif leg.status == "accepted" and leg.accepted_at is not None:
            at = max(leg.accepted_at, leg.lookup_at or leg.accepted_at) + LOOKUP_INTERVAL
            yield ScheduledAction(at=at, owner="finance", action=pay, reason="payment_accepted")


class PayLeg(Effect):
    """Pay one leg. The planned leg records the intent, so it is committed before this is due."""

    kind: ClassVar = "pay_leg"
    leg: str

    def start(self, runner: EffectRunner) -> None:
        runner.start_payment(self.leg)


def pending_payments(state: JourneyState) -> int:
    """How many legs are sent or looked up, or will be now, and have no answer yet; and how many claims have a step to do.

    A planned leg of a return on hold waits until the hold ends, and one that a provider accepted takes days: neither counts.
    """
    steps = sum(bool(claim.work) for claim in state.claw_backs)
    return steps + sum(
        leg.status == "sent"
        or leg.lookup != "none"
        or (leg.status == "planned" and not _held(state, settlement, leg))
        for settlement in state.settlements
        for leg in settlement.legs
    )


def unanswered_payments(state: JourneyState) -> list[Leg]:
    """The legs that are due and of which no provider has said what became of them.

    Not those of a return on hold, and not those that a provider accepted and takes days to finish.
    """
    return [
        leg
        for settlement in state.settlements
        for leg in settlement.legs
        if leg.status == "sent" or (leg.status == "planned" and not _held(state, settlement, leg))
    ]


def _held(state: JourneyState, settlement: Settlement, leg: Leg) -> bool:
    """Whether the leg waits for something else, as for a dispute, or an agent's hold keeps it from being paid.

    Nothing stops what has moved already, outside this system: it is entered at once.
    """
    if leg.waits or dispute_that_holds(state, settlement, leg) is not None:
        return True
    case = state.case(settlement.return_id) if settlement.return_id else None
    return leg.to not in ("external", "bank") and case is not None and case.held_until is not None
