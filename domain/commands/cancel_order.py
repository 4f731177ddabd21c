"""The order is called off before anything left: everything captured goes back."""

from datetime import datetime

from domain import keys, paying
from domain.commands.base import Command
from domain.deeds import plan
from domain.journey import JourneyState
from domain.parcels import Parcel
from domain.reasons import Answer, Objection, Reason, accepted


def has_left(state: JourneyState) -> list[Parcel]:
    """Parcels that a carrier has or had."""
    return [p for p in state.parcels if p.standing.moved_at or p.delivered_at or p.lost_at]


class CancelOrder(Command):
    """Cancel while no carrier has the goods."""

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        if state.cancelled_at is not None:
            return [Objection(code=Reason.ORDER_CANCELLED)]
        gone = has_left(state)
        return [Objection(code=Reason.ORDER_SHIPPED, facts={"parcel": gone[0].parcel_id})] if gone else []

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        plan(state, paying.plan_cancellation(state, now), now)
        state.cancelled_at = now
        state.attention = []
        state.write(now, self.actor, "order_cancelled", state.order.order)
        order = state.order.order
        state.tell(now, keys.notice(order, "order_cancelled", 1), "order_cancelled", order)
        return accepted(order)
