"""Traces: the carrier says delivered, the customer has nothing, and an agent traces the parcel (DLY-9)."""

from datetime import datetime

from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.attention import GivenTerms
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking.parcel_notices import notify_about


def payable_by_default(state: JourneyState, parcel: Parcel) -> bool:
    """Whether its units may be refunded without a person: the carrier scanned it, and it is known what is in it."""
    return parcel.carrier_scanned and not state.contents_unknown(parcel)


def open_trace(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """Open a question to an agent, who traces the parcel. The notice names the date of the next update."""
    given: GivenTerms = {} if payable_by_default(state, parcel) else {"default": "dismiss"}
    item = state.open_question("not_received", parcel.parcel_id, now, **given)
    state.closed_at = None
    state.audit(now, actor, "not_received", parcel.parcel_id)
    parcel.trace_opened_at, parcel.trace_count = now, parcel.trace_count + 1
    follow_up = follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline)
    reported = {} if parcel.delivery_scanned else {"unscanned": 1}
    notify_about(state, parcel, "trace_opened", now, **follow_up, **reported)


def close_trace(state: JourneyState, parcel: Parcel, outcome: str, now: datetime) -> None:
    """Notify the customer of the outcome: `found`, `refunded`, `dismissed` where it stays delivered, else `unclear`."""
    state.settle_question("not_received", parcel.parcel_id)
    follow_ups.fulfil(state, parcel.parcel_id, now)
    notify_about(state, parcel, "trace_closed", now, outcome=outcome)
