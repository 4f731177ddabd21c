"""Command: take units off an order before they ship."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.orders.cancellation import cancel_chosen
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.units import UnitsByLine


class RemoveUnits(Command):
    """Take units off the order that have not left the shop. What was paid for them is refunded; of all of them, everything."""

    lines: Annotated[tuple[PackedLine, ...], Field(min_length=1, max_length=200)]

    def _quantities(self) -> dict[str, int]:
        quantities: dict[str, int] = {}
        for line in self.lines:
            quantities[line.line_id] = quantities.get(line.line_id, 0) + line.quantity
        return quantities

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        left, violations = state.cancellable_units(), []
        for line_id, requested in self._quantities().items():
            available = len(left.get(line_id, []))
            if state.order.line(line_id) is None:
                violations.append(Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": line_id}))
            elif requested > available:
                details: dict[str, str | int] = {
                    "line": line_id,
                    "requested": requested,
                    "available": available,
                }
                violations.append(Violation(code=Reason.UNITS_ALREADY_SHIPPED, details=details))
        return violations

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        left = state.cancellable_units()
        units: UnitsByLine = {line: left[line][:count] for line, count in self._quantities().items()}
        count = sum(map(len, units.values()))
        state.audit(now, self.actor, "units_removed", state.order.order, units=count)
        cancel_chosen(state, self.actor, units, now)
        return accepted(state.order.order)
