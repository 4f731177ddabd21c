"""Cancel an order: all of it while nothing has shipped, else the units that have not shipped."""

from datetime import datetime

from domain import keys
from domain.actors import Actor
from domain.delays import follow_ups
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.payments import refund_plan


def shipped_parcels(state: JourneyState) -> list[Parcel]:
    """Parcels that a carrier has or had: moved, delivered or lost."""
    return [p for p in state.parcels if p.tracking.moved_at or p.delivered_at or p.lost_at]


def cancel_order(state: JourneyState, actor: Actor, now: datetime) -> None:
    """Cancel the whole order. All captured money that is not promised yet is refunded."""
    state.plan(refund_plan.plan_cancellation(state, now), now)
    state.cancelled_at = now
    state.attention = []
    for follow_up in state.follow_ups:
        follow_ups.expire(state, follow_up.subject, now)
    order = state.order.order
    state.audit(now, actor, "order_cancelled", order)
    state.notify(now, keys.notice(order, "order_cancelled", 1), "order_cancelled", order)


def cancel_rest(state: JourneyState, now: datetime) -> None:
    """Cancel the units that have not shipped. What the customer paid for them is refunded."""
    settlement = refund_plan.plan_unshipped(state, now)
    state.plan(settlement, now)
    state.rest_cancelled_at = now
    state.settle_question("not_shipped", state.order.order)
    state.settle_questions_about_shipping()
    about = settlement.occasion
    state.notify(now, keys.notice(about, "rest_cancelled", 1), "rest_cancelled", about)


def cancel_remaining(state: JourneyState, actor: Actor, now: datetime) -> None:
    """Cancel as much of the order as can still be cancelled: all of it, else the units that have not shipped."""
    if shipped_parcels(state) or any(case.live for case in state.returns):
        if state.cancellable_units():
            cancel_rest(state, now)
    else:
        cancel_order(state, actor, now)
