"""Calling an order off: whole while nothing has left, else what is still here."""

from datetime import datetime

from domain import keys, paying, words
from domain.actors import Actor
from domain.journey import JourneyState
from domain.parcels import Parcel


def has_left(state: JourneyState) -> list[Parcel]:
    """Parcels that a carrier has or had."""
    return [p for p in state.parcels if p.standing.moved_at or p.delivered_at or p.lost_at]


def cancel(state: JourneyState, actor: Actor, now: datetime) -> None:
    """End the whole order: everything captured goes back."""
    state.plan(paying.plan_cancellation(state, now), now)
    state.cancelled_at = now
    state.attention = []
    for word in state.words:
        words.overtake(state, word.subject, now)
    order = state.order.order
    state.write(now, actor, "order_cancelled", order)
    state.tell(now, keys.notice(order, "order_cancelled", 1), "order_cancelled", order)


def call_off_rest(state: JourneyState, now: datetime) -> None:
    """What has not left will not be sent; what was paid for it goes back."""
    settlement = paying.plan_unshipped(state, now)
    state.plan(settlement, now)
    state.called_off_at = now
    state.settle_attention(f"not_shipped/{state.order.order}")
    state.settle_questions_about_shipping()
    about = settlement.occasion
    state.tell(now, keys.notice(about, "rest_cancelled", 1), "rest_cancelled", about)


def call_off_what_is_here(state: JourneyState, actor: Actor, now: datetime) -> None:
    """The most of the order that can still be called off."""
    if has_left(state) or any(case.live for case in state.returns):
        if state.to_call_off():
            call_off_rest(state, now)
    else:
        cancel(state, actor, now)
