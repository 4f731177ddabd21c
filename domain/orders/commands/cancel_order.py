"""Command: cancel an order. All captured money that is not promised yet is refunded if nothing has shipped."""

from datetime import datetime

from domain.actors import Role
from domain.model.command import Command
from domain.model.state import JourneyState
from domain.orders.cancellation import (
    cancel_order,
    cancel_rest,
    collected_lines,
    left_the_shop,
    shipped_parcels,
)
from domain.reasons import CommandResult, Reason, Violation, accepted


class CancelOrder(Command):
    """Cancel the order while no carrier has the goods.

    rest: units that have shipped stay, and units that have not shipped are cancelled.
    """

    rest: bool = False

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        if self.rest and left_the_shop(state) and state.cancellable_units():
            return []
        violations = [
            Violation(code=Reason.ORDER_SHIPPED, details={"parcel": p.parcel_id})
            for p in shipped_parcels(state)
        ]
        violations += [
            Violation(code=Reason.ORDER_HANDED_OVER, details={"line": line})
            for line in self._handed_over(state)
        ]
        live = [case for case in state.returns if case.live]
        violations += [Violation(code=Reason.RETURN_UNDER_WAY, details={"return": c.return_id}) for c in live]
        return violations

    def _handed_over(self, state: JourneyState) -> list[str]:
        """Lines that the customer has already. Only the shop can take digital goods back, by cancelling the order."""
        digital = state.units_of("digital") if self.actor.role is Role.CUSTOMER else {}
        return [*digital, *collected_lines(state)]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        if self.rest and left_the_shop(state):
            state.audit(now, self.actor, "cancel", state.order.order)
            cancel_rest(state, now)
        else:
            cancel_order(state, self.actor, now)
        return accepted(state.order.order)
