"""Automatic steps about money: pay planned legs, and issue goodwill for a broken promise."""

from collections.abc import Iterator
from datetime import timedelta

from domain.model.actions import IssueGoodwill, PayLeg
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.payments import goodwill


def goodwill_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """All has arrived, and not all of it when we promised (DLY-6)."""
    if goodwill.compensation_due(state) is not None:
        at = max(parcel.delivered_at for parcel in state.parcels if parcel.delivered_at)
        yield ScheduledAction(at=at, owner="system", action=IssueGoodwill(), reason="promise_broken")


PAYMENT_TIMEOUT = timedelta(hours=1)  # without an answer after that, ask the provider what happened


def payments_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A planned leg is paid at once, unless its return is held; one that was sent and not answered is asked about.

    What moved elsewhere is entered at once, held or not.
    """
    held = {case.return_id for case in state.returns if case.held_until is not None}
    for settlement, leg in ((s, leg) for s in state.settlements for leg in s.legs):
        if leg.status == "planned" and (leg.to == "external" or settlement.return_id not in held):
            yield ScheduledAction(
                at=leg.planned_at, owner="system", action=PayLeg(leg=leg.key), reason="payment_planned"
            )
        elif leg.status == "sent" and leg.sent_at is not None:
            at = leg.sent_at + PAYMENT_TIMEOUT
            yield ScheduledAction(
                at=at, owner="finance", action=PayLeg(leg=leg.key), reason="payment_unanswered"
            )
