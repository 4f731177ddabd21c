"""The rules of the way out: from the warehouse door to the customer, and what becomes of what does not arrive."""

from collections.abc import Iterator
from datetime import timedelta

from domain.delays import news
from domain.model.actions import (
    OpenCarrierClaim,
    PollTracker,
    SendPickupReminder,
)
from domain.model.deadlines import ScheduledAction, scheduled_question
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking import polling
from domain.units import units_in


def pickup_reminders_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A parcel at a pick-up point goes back if nobody collects it."""
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        arrived = parcel.tracking.at
        waits = parcel.under_way and parcel.tracking.status is ParcelStatus.AVAILABLE_FOR_PICKUP
        if waits and arrived is not None and parcel.pickup_reminded_for != arrived and not state.cancelled_at:
            at = arrived + timedelta(days=max(0, terms.pickup_days - terms.pickup_reminder))
            default = SendPickupReminder(parcel_id=parcel.parcel_id)
            yield ScheduledAction(at=at, owner="customer", action=default, reason="waiting_for_pickup")


def presumed_losses_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Nobody has seen it for days past its promise: presumed lost, and an agent decides (S-23)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way and not state.has_open("presumed_lost", parcel.parcel_id):
            silent = news.presumed_lost_at(parcel, state.terms.policy.lost_days)
            yield scheduled_question(state, "presumed_lost", parcel.parcel_id, "agent", "refund", silent)


def sender_returns_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """It will not reach the customer: an agent may send it anew, else its money goes back."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not state.has_open("returned_to_sender", parcel.parcel_id):
            since = parcel.tracking.at or parcel.registered_at
            yield scheduled_question(state, "returned_to_sender", parcel.parcel_id, "agent", "refund", since)


def resend_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """What was to be sent again is in no parcel, as its new label was voided: the merchant is asked anew, else it is paid."""
    if state.cancelled_at is not None:
        return
    left = units_in([state.unshipped()])
    for parcel in state.parcels:
        waits = parcel.resent and not left.isdisjoint(units_in([parcel.units]))
        if waits and parcel.lost_at and not state.has_open("resend", parcel.parcel_id):
            yield scheduled_question(state, "resend", parcel.parcel_id, "merchant", "refund", parcel.lost_at)


def carrier_claims_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """What a carrier lost, the merchant claims from it. What came back was not lost."""
    for parcel in state.parcels:
        back = parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER
        if parcel.lost_at is not None and parcel.claimed_at is None and not back:
            default = OpenCarrierClaim(parcel_id=parcel.parcel_id)
            yield ScheduledAction(at=parcel.lost_at, owner="system", action=default, reason="parcel_lost")


def polls_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Where time is moved by command, the agenda says when a carrier is asked; in real time one retried step does (TRK-8)."""
    for at, parcel_id in polling.scheduled_polls(state):
        yield ScheduledAction(
            at=at, owner="carrier", action=PollTracker(parcel_id=parcel_id), reason="tracker_poll"
        )


def tracker_ends_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The carrier tells no more of a parcel that has not arrived: an agent finds out, else we wait on (TRK-10)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        since = polling.tracker_ended_at(parcel)
        if since and (parcel.tracker_end_raised_at is None or parcel.tracker_end_raised_at < since):
            yield scheduled_question(state, "tracker_ended", parcel.parcel_id, "agent", "dismiss", since)
