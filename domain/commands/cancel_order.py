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
        found = [Objection(code=Reason.ORDER_SHIPPED, facts={"parcel": p.parcel_id}) for p in has_left(state)]
        live = [case for case in state.returns if case.live]
        found += [Objection(code=Reason.RETURN_UNDER_WAY, facts={"return": c.return_id}) for c in live]
        return found

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        plan(state, paying.plan_cancellation(state, now), now)
        state.cancelled_at = now
        state.attention = []
        state.write(now, self.actor, "order_cancelled", state.order.order)
        order = state.order.order
        state.tell(now, keys.notice(order, "order_cancelled", 1), "order_cancelled", order)
        return accepted(order)
