"""Traces: the carrier says delivered, the customer has nothing, and an agent traces the parcel (DLY-9)."""

from datetime import datetime

from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking.parcel_notices import notify_about


def open_trace(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """Open a question to an agent, who traces the parcel. The notice names the date of the next update."""
    item = state.open_question("not_received", parcel.parcel_id, now)
    state.closed_at = None
    state.audit(now, actor, "not_received", parcel.parcel_id)
    parcel.trace_opened_at, parcel.trace_count = now, parcel.trace_count + 1
    follow_up = follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline)
    notify_about(state, parcel, "trace_opened", now, **follow_up)


def close_trace(state: JourneyState, parcel: Parcel, outcome: str, now: datetime) -> None:
    """Notify the customer of the outcome: `found`, `refunded`, or `dismissed` where it stays delivered."""
    state.settle_question("not_received", parcel.parcel_id)
    follow_ups.fulfil(state, parcel.parcel_id, now)
    notify_about(state, parcel, "trace_closed", now, outcome=outcome)
