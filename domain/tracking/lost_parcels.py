"""Parcels that are presumed lost, come back to the sender, or are found after they were given up (DLY-9)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.delays import follow_ups, news
from domain.model.actions import Change
from domain.model.attention import AttentionDefault, AttentionItem, AttentionKind, Owner
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
            yield scheduled_question(
                state, "presumed_lost", parcel.parcel_id, "agent", "refund", silent, PresumeLost
            )


class PresumeLost(OpenQuestion):
    """Ask an agent about a parcel that is presumed lost. The customer may choose, and is told by when it is decided."""

    def apply(self, state: JourneyState, now: datetime) -> None:
        super().apply(state, now)
        item = next(one for one in state.attention if one.id == self.item.id)
        parcel = state.require_parcel(item.subject)
        parcel.trace_count += 1
        follow_up = follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline)
        notify_about(state, parcel, "presumed_lost", now, **follow_up)


def sender_returns_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The parcel goes back to the sender: an agent may have it resent, else it is refunded."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not state.has_open("returned_to_sender", parcel.parcel_id):
            since = parcel.tracking.at or parcel.registered_at
            yield scheduled_question(state, "returned_to_sender", parcel.parcel_id, "agent", "refund", since)


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
        days = timedelta(days=state.terms.policy.claim_days)
        open_question(state, "carrier_claim", parcel, "merchant", "dismiss", now, days)


def notify_parcel_found(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """A refunded parcel has arrived after all. The customer is not charged, and is told once what they may do."""
    if parcel.found_notified:
        return
    parcel.found_notified = True
    notify_about(state, parcel, "parcel_found", now)


def open_question(
    state: JourneyState,
    kind: AttentionKind,
    parcel: Parcel,
    owner: Owner,
    default: AttentionDefault,
    now: datetime,
    time: timedelta,
) -> AttentionItem:
    item = AttentionItem(
        kind=kind, subject=parcel.parcel_id, owner=owner, opened_at=now, deadline=now + time, default=default
    )
    state.open_attention(item)
    state.audit(now, SYSTEM, "attention_opened", item.id)
    return item
