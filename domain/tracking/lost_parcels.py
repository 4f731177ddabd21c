"""Parcels that are presumed lost, come back to the sender, or are found after they were refunded (DLY-9)."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.delays import follow_ups, news
from domain.model.actions import Change
from domain.model.attention import AttentionItem, AttentionKind
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking.parcel_notices import notify_about


def presumed_losses_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """No scan for days past its promise: the parcel is presumed lost, and an agent decides (S-23).

    Only a parcel that the carrier has scanned, and whose contents are known, can be refunded without a person.
    """
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        question = _question_about(state, parcel)
        if parcel.under_way and not state.has_open(question.question, parcel.parcel_id):
            silent = news.presumed_lost_at(parcel, state.terms.policy.lost_days)
            yield scheduled_question(question, silent)


def _question_about(state: JourneyState, parcel: Parcel) -> OpenQuestion:
    """The question about a parcel of which no scan comes."""
    if not parcel.carrier_scanned:
        return StartInquiry(question="never_scanned", subject=parcel.parcel_id)
    if state.contents_unknown(parcel):
        return StartInquiry(question="contents_unknown", subject=parcel.parcel_id)
    return PresumeLost(subject=parcel.parcel_id)


class StartInquiry(OpenQuestion):
    """Open a question about a parcel that only a person can answer, and notify the customer of it and of its deadline."""

    def apply(self, state: JourneyState, now: datetime) -> None:
        item = state.open_question(self.question, self.subject, now)
        parcel = state.require_parcel(self.subject)
        parcel.trace_count += 1
        follow_up = follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline)
        notify_about(state, parcel, "parcel_inquiry", now, reason=self.question, **follow_up)


def stop_following_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """The journey stops waiting for a parcel about which no person knew more. The customer is notified that nothing was found."""
    parcel = state.require_parcel(item.subject)
    parcel.unfollowed_at = now
    follow_ups.fulfil(state, parcel.parcel_id, now)
    parcel.trace_count += 1
    notify_about(state, parcel, "parcel_inquiry", now, reason=item.kind, unanswered=1)


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
        question = _question_about_return(state, parcel)
        if state.undeliverable(parcel) and not state.has_open(question.question, parcel.parcel_id):
            yield scheduled_question(question, parcel.tracking.at or parcel.registered_at)


def _question_about_return(state: JourneyState, parcel: Parcel) -> OpenQuestion:
    """The question about a parcel that comes back. Only what the carrier itself reports is refunded without a person."""
    if parcel.carrier_scanned and not state.contents_unknown(parcel):
        return ReturnToSender(subject=parcel.parcel_id)
    return _question_about(state, parcel)


def carrier_claims_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The merchant claims from the carrier what the carrier had and lost. A parcel that came back was not lost."""
    for parcel in state.parcels:
        back = parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER
        if parcel.lost_at is not None and parcel.claimed_at is None and _carrier_had(parcel) and not back:
            yield ScheduledAction(
                at=parcel.lost_at,
                owner="system",
                action=OpenCarrierClaim(parcel_id=parcel.parcel_id),
                reason="parcel_lost",
            )


def _carrier_had(parcel: Parcel) -> bool:
    """Whether the carrier had the parcel before it was written off."""
    return any(scan.physical and parcel.lost_at and scan.at <= parcel.lost_at for scan in parcel.scans)


class OpenCarrierClaim(Change):
    """Ask the merchant to claim a lost parcel within the time that carriers give."""

    kind: ClassVar = "open_carrier_claim"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        parcel = state.require_parcel(self.parcel_id)
        parcel.claimed_at = now
        state.open_question("carrier_claim", self.parcel_id, now)


class ReturnToSender(OpenQuestion):
    """Open a question to an agent. The customer may choose a resend or refund, and the notice says what happens by when."""

    question: AttentionKind = "returned_to_sender"

    def apply(self, state: JourneyState, now: datetime) -> None:
        item = state.open_question(self.question, self.subject, now)
        parcel = state.require_parcel(self.subject)
        parcel.trace_count += 1
        deadline = item.deadline.isoformat()
        notify_about(state, parcel, "parcel_returning", now, deadline=deadline)


def notify_parcel_found(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """A refunded parcel has arrived after all. The customer is not charged, and one notice names their choices."""
    if parcel.found_notified:
        return
    parcel.found_notified = True
    terms = state.terms.policy.claw_back
    if terms is not None and "parcel_arrived" in terms.grounds:
        return  # the notice of the claim says so
    notify_about(state, parcel, "parcel_found", now)
