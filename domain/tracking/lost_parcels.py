"""Parcels that are presumed lost, come back to the sender, or are found after they were refunded (DLY-9)."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.delays import follow_ups, news
from domain.model.actions import Change
from domain.model.attention import AttentionKind
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking.parcel_notices import notify_about


def presumed_losses_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """No scan for days past its promise: the parcel is presumed lost, and an agent decides (S-23)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way and not state.has_open("presumed_lost", parcel.parcel_id):
            silent = news.presumed_lost_at(parcel, state.terms.policy.lost_days)
            yield scheduled_question(PresumeLost(subject=parcel.parcel_id), silent)


class PresumeLost(OpenQuestion):
    """Open a question to an agent. The customer may choose a resend or refund, and the notice names the date of the decision."""

    question: AttentionKind = "presumed_lost"

    def apply(self, state: JourneyState, now: datetime) -> None:
        item = state.open_question(self.question, self.subject, now)
        parcel = state.require_parcel(self.subject)
        parcel.trace_count += 1
        follow_up = follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline)
        notify_about(state, parcel, "presumed_lost", now, **follow_up)


def returned_to_sender_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The parcel goes back to the sender: an agent may have it resent, else it is refunded."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not state.has_open("returned_to_sender", parcel.parcel_id):
            since = parcel.tracking.at or parcel.registered_at
            question = OpenQuestion(question="returned_to_sender", subject=parcel.parcel_id)
            yield scheduled_question(question, since)


def carrier_claims_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The merchant claims from the carrier what the carrier lost. A parcel that came back was not lost."""
    for parcel in state.parcels:
        back = parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER
        if parcel.lost_at is not None and parcel.claimed_at is None and not back:
            yield ScheduledAction(
                at=parcel.lost_at,
                owner="system",
                action=OpenCarrierClaim(parcel_id=parcel.parcel_id),
                reason="parcel_lost",
            )


class OpenCarrierClaim(Change):
    """Ask the merchant to claim a lost parcel within the time that carriers give."""

    kind: ClassVar = "open_carrier_claim"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        parcel = state.require_parcel(self.parcel_id)
        parcel.claimed_at = now
        state.open_question("carrier_claim", self.parcel_id, now)


def notify_parcel_found(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """A refunded parcel has arrived after all. The customer is not charged, and one notice names their choices."""
    if parcel.found_notified:
        return
    parcel.found_notified = True
    notify_about(state, parcel, "parcel_found", now)
