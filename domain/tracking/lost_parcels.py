"""Parcels that do not arrive: searched for, given up, sent anew or paid back, and sometimes found again (DLY-9)."""

from datetime import datetime, timedelta

from domain import keys
from domain.actors import SYSTEM, Actor
from domain.delays import follow_ups
from domain.model.attention import AttentionDefault, AttentionItem, AttentionKind, Owner
from domain.model.notice import NoticeKind
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.units import units_in, without


def open_trace(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """The carrier says delivered, the customer has nothing: somebody asks the carrier, until a day that is told."""
    search = state.terms.policy.trace
    item = open_question(
        state, "not_received", parcel, "agent", search.default, now, timedelta(days=search.days)
    )
    state.closed_at = None
    state.audit(now, actor, "not_received", parcel.parcel_id)
    parcel.trace_opened_at, parcel.trace_count = now, parcel.trace_count + 1
    _notify(
        state,
        parcel,
        "trace_opened",
        now,
        **follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline),
    )


def close_trace(state: JourneyState, parcel: Parcel, outcome: str, now: datetime) -> None:
    """The customer hears what came of it: `found` it was, or nobody could say and it stays delivered (`dismissed`)."""
    state.settle_attention(f"not_received/{parcel.parcel_id}")
    follow_ups.fulfil(state, parcel.parcel_id, now)
    _notify(state, parcel, "trace_closed", now, outcome=outcome)


def notify_presumed_lost(state: JourneyState, parcel: Parcel, item: AttentionItem, now: datetime) -> None:
    """Nobody knows where it is: the customer may choose, and hears by a day that is said what becomes of it."""
    parcel.trace_count += 1
    _notify(
        state,
        parcel,
        "presumed_lost",
        now,
        **follow_ups.promise(state, parcel.parcel_id, now, due=item.deadline),
    )


def resend(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """Its units wait to be packed again; a merchant who does not pack them pays them back."""
    parcel.choice, parcel.lost_at, parcel.loss_notified = "resend", now, True
    state.settle_questions_about(parcel.parcel_id)
    follow_ups.fulfil(state, parcel.parcel_id, now)
    state.closed_at = None
    open_question(
        state, "resend", parcel, "merchant", "refund", now, timedelta(days=state.terms.policy.attention_days)
    )
    state.audit(now, actor, "resend_requested", parcel.parcel_id)


def abandon_resend(state: JourneyState, parcel: Parcel) -> None:
    """The merchant did not pack all of it again: what travels in other parcels is no longer in this one, the rest is paid."""
    parcel.units = _not_in_other_parcels(state, parcel)
    parcel.choice, parcel.loss_notified = "refund", False


def parcel_found(state: JourneyState, parcel: Parcel) -> bool:
    """A parcel that waits to be sent anew moves: what nobody paid or packed of it meanwhile is not lost after all.

    True when that is all of it; else somebody looks, as what was paid or packed is a fact.
    """
    rest = _not_in_other_parcels(state, parcel)
    if not parcel.resent or not rest or not units_in([rest]) <= units_in([state.unshipped()]):
        return False
    whole = rest == parcel.units
    parcel.units, parcel.loss_notified = rest, False
    parcel.lost_at = parcel.choice = parcel.claimed_at = None
    state.settle_attention(f"resend/{parcel.parcel_id}", f"carrier_claim/{parcel.parcel_id}")
    return whole


def _not_in_other_parcels(state: JourneyState, parcel: Parcel) -> dict[str, list[int]]:
    """What of it is in no other parcel that stands."""
    others = (one.units for one in state.parcels if one is not parcel and not (one.void or one.resent))
    return without(parcel.units, units_in(others))


def open_carrier_claim(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """The loss is the carrier's: the merchant claims it within the time that carriers give."""
    parcel.claimed_at = now
    days = timedelta(days=state.terms.policy.claim_days)
    open_question(state, "carrier_claim", parcel, "merchant", "dismiss", now, days)


def notify_parcel_found(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """It was paid back and has arrived after all: nobody is charged, the customer is told once what they may do."""
    if parcel.found_notified:
        return
    parcel.found_notified = True
    _notify(state, parcel, "parcel_found", now)


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


def _notify(
    state: JourneyState, parcel: Parcel, kind: NoticeKind, now: datetime, **details: str | int
) -> None:
    """Keyed by which search for it this is: there may be another much later."""
    key = keys.order_notice(state.order.order, parcel.parcel_id, kind, parcel.trace_count)
    state.notify(now, key, kind, parcel.parcel_id, **details)
