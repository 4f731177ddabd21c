"""Parcels that do not arrive: searched for, given up, sent anew or paid back, and sometimes found again (DLY-9)."""

from datetime import datetime, timedelta

from domain import keys, words
from domain.actors import SYSTEM, Actor
from domain.attention import Attention, Default, Kind, Owner
from domain.journey import JourneyState
from domain.notices import NoticeKind
from domain.parcels import Parcel
from domain.units import units_in, without


def open_search(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """The carrier says delivered, the customer has nothing: somebody asks the carrier, until a day that is told."""
    search = state.terms.policy.search
    item = ask(state, "not_received", parcel, "agent", search.default, now, timedelta(days=search.days))
    state.closed_at = None
    state.write(now, actor, "not_received", parcel.parcel_id)
    parcel.searched_at, parcel.searches = now, parcel.searches + 1
    _tell(state, parcel, "search_opened", now, **words.give(state, parcel.parcel_id, now, by=item.deadline))


def end_search(state: JourneyState, parcel: Parcel, outcome: str, now: datetime) -> None:
    """The customer hears what came of it: `found` it was, or nobody could say and it stays delivered (`dismissed`)."""
    state.settle_attention(f"not_received/{parcel.parcel_id}")
    words.keep(state, parcel.parcel_id, now)
    _tell(state, parcel, "search_ended", now, outcome=outcome)


def tell_presumed_lost(state: JourneyState, parcel: Parcel, item: Attention, now: datetime) -> None:
    """Nobody knows where it is: the customer may choose, and hears by a day that is said what becomes of it."""
    parcel.searches += 1
    _tell(state, parcel, "presumed_lost", now, **words.give(state, parcel.parcel_id, now, by=item.deadline))


def resend(state: JourneyState, parcel: Parcel, actor: Actor, now: datetime) -> None:
    """Its units wait to be packed again; a merchant who does not pack them pays them back."""
    parcel.choice, parcel.lost_at, parcel.loss_told = "resend", now, True
    state.settle_questions_about(parcel.parcel_id)
    words.keep(state, parcel.parcel_id, now)
    state.closed_at = None
    ask(state, "resend", parcel, "merchant", "pay_back", now, timedelta(days=state.terms.policy.answer_days))
    state.write(now, actor, "resend_chosen", parcel.parcel_id)


def give_up_resending(state: JourneyState, parcel: Parcel) -> None:
    """The merchant did not pack all of it again: what travels in other parcels is no longer in this one, the rest is paid."""
    parcel.units = _not_elsewhere(state, parcel)
    parcel.choice, parcel.loss_told = "refund", False


def turn_up(state: JourneyState, parcel: Parcel) -> bool:
    """A parcel that waits to be sent anew moves: what nobody paid or packed of it meanwhile is not lost after all.

    True when that is all of it; else somebody looks, as what was paid or packed is a fact.
    """
    rest = _not_elsewhere(state, parcel)
    if not parcel.resent or not rest or not units_in([rest]) <= units_in([state.unshipped()]):
        return False
    whole = rest == parcel.units
    parcel.units, parcel.loss_told = rest, False
    parcel.lost_at = parcel.choice = parcel.claimed_at = None
    state.settle_attention(f"resend/{parcel.parcel_id}", f"carrier_claim/{parcel.parcel_id}")
    return whole


def _not_elsewhere(state: JourneyState, parcel: Parcel) -> dict[str, list[int]]:
    """What of it is in no other parcel that stands."""
    others = (one.units for one in state.parcels if one is not parcel and not (one.void or one.resent))
    return without(parcel.units, units_in(others))


def claim(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """The loss is the carrier's: the merchant claims it within the time that carriers give."""
    parcel.claimed_at = now
    days = timedelta(days=state.terms.policy.claim_days)
    ask(state, "carrier_claim", parcel, "merchant", "dismiss", now, days)


def tell_found_again(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """It was paid back and has arrived after all: nobody is charged, the customer is told once what they may do."""
    if parcel.found_told:
        return
    parcel.found_told = True
    _tell(state, parcel, "found_again", now)


def ask(
    state: JourneyState,
    kind: Kind,
    parcel: Parcel,
    owner: Owner,
    default: Default,
    now: datetime,
    time: timedelta,
) -> Attention:
    item = Attention(
        kind=kind, subject=parcel.parcel_id, owner=owner, since=now, deadline=now + time, default=default
    )
    state.ask_for_attention(item)
    state.write(now, SYSTEM, "asked_for_attention", item.id)
    return item


def _tell(state: JourneyState, parcel: Parcel, kind: NoticeKind, now: datetime, **facts: str | int) -> None:
    """Keyed by which search for it this is: there may be another much later."""
    key = keys.notice(f"{state.order.order}/{parcel.parcel_id}", kind, parcel.searches)
    state.tell(now, key, kind, parcel.parcel_id, **facts)
