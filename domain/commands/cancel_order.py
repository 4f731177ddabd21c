"""The order is called off before anything left: everything captured goes back."""

from datetime import datetime

from domain.calling_off import call_off_rest, cancel, has_left
from domain.commands.base import Command
from domain.journey import JourneyState
from domain.reasons import Answer, Objection, Reason, accepted


class CancelOrder(Command):
    """Cancel while no carrier has the goods. `rest`: what has left stays, and what is still here is called off."""

    rest: bool = False

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        if state.cancelled_at is not None:
            return [Objection(code=Reason.ORDER_CANCELLED)]
        if self.rest and has_left(state) and state.to_call_off():
            return []
        found = [Objection(code=Reason.ORDER_SHIPPED, facts={"parcel": p.parcel_id}) for p in has_left(state)]
        live = [case for case in state.returns if case.live]
        found += [Objection(code=Reason.RETURN_UNDER_WAY, facts={"return": c.return_id}) for c in live]
        return found

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        if self.rest and has_left(state):
            state.write(now, self.actor, "cancel", state.order.order)
            call_off_rest(state, now)
        else:
            cancel(state, self.actor, now)
        return accepted(state.order.order)
