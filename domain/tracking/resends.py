"""Resends: what was in a lost parcel is packed again, or refunded when the merchant does not pack it."""

from collections.abc import Iterator
from datetime import datetime

from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.units import UnitsByLine, units_in, without


def resend(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """Have the parcel's units packed again. A question asks the merchant to pack them."""
    parcel.choice, parcel.lost_at, parcel.loss_notified = "resend", now, True
    parcel.lost_by = actor.role
    state.settle_questions_about(parcel.parcel_id)
    follow_ups.fulfil(state, parcel.parcel_id, now)
    state.closed_at = None
    state.open_question("resend", parcel.parcel_id, now)
    state.audit(now, actor, "resend_requested", parcel.parcel_id)


def resend_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The label of a resent parcel was voided, so its units are in no parcel: the question to the merchant opens again."""
    if state.cancelled_at is not None:
        return
    left = units_in([state.unshipped()])
    for parcel in state.parcels:
        waits = parcel.resent and not left.isdisjoint(units_in([parcel.units]))
        if waits and parcel.lost_at and not state.has_open("resend", parcel.parcel_id):
            question = OpenQuestion(question="resend", subject=parcel.parcel_id)
            yield scheduled_question(question, parcel.lost_at)


def abandon_resend(state: JourneyState, parcel: Parcel) -> None:
    """The merchant did not pack all of it again. Units in other parcels leave this one, the rest is refunded."""
    parcel.units = _not_in_other_parcels(state, parcel)
    parcel.choice, parcel.loss_notified = "refund", False


def cancel_resend(state: JourneyState, parcel: Parcel) -> bool:
    """A lost parcel that waits to be resent moves: its units that are not refunded or packed again are not lost.

    True when those are all its units. Otherwise an agent decides, because what was refunded or packed is a fact.
    """
    rest = _not_in_other_parcels(state, parcel)
    if not parcel.resent or not rest or not units_in([rest]) <= units_in([state.unshipped()]):
        return False
    whole = rest == parcel.units
    parcel.units, parcel.loss_notified = rest, False
    parcel.lost_at = parcel.lost_by = parcel.choice = parcel.claimed_at = None
    state.settle_question("resend", parcel.parcel_id)
    state.settle_question("carrier_claim", parcel.parcel_id)
    return whole


def _not_in_other_parcels(state: JourneyState, parcel: Parcel) -> UnitsByLine:
    """Its units that are in no other parcel that counts."""
    others = (
        other.units for other in state.parcels if other is not parcel and not (other.void or other.resent)
    )
    return without(parcel.units, units_in(others))
