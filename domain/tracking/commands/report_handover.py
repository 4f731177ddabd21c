"""The shop has goods ready to be collected, handed them over, or delivered them digitally."""

from datetime import datetime
from typing import Literal

from domain.model.command import Command
from domain.model.order import Fulfilment
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.tracking.handovers import hand_over, make_ready
from domain.units import UnitsByLine, units_in, without

HandoverStatus = Literal["ready", "collected", "delivered"]


class ReportHandover(Command):
    """Record it for these lines, or for all to which it can apply. `delivered` is for digital lines, the others for pick-up."""

    status: HandoverStatus
    lines: tuple[PackedLine, ...] = ()

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        open_units = self._open_units(state)
        if not self.lines and not open_units:
            return [Violation(code=Reason.NOTHING_TO_HAND_OVER)]
        return [
            violation
            for line_id, requested in self._requested().items()
            for violation in self._line_violations(
                state, line_id, requested, len(open_units.get(line_id, []))
            )
        ]

    def _line_violations(
        self, state: JourneyState, line_id: str, requested: int, available: int
    ) -> list[Violation]:
        line = state.order.line(line_id)
        if line is None:
            return [Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": line_id})]
        if line.fulfilment != self._fulfilment:
            details: dict[str, str | int] = {"line": line_id, "fulfilment": line.fulfilment}
            return [Violation(code=Reason.OTHER_FULFILMENT, details=details)]
        if requested > available:
            details = {"line": line_id, "requested": requested, "available": available}
            return [Violation(code=Reason.NOTHING_TO_HAND_OVER, details=details)]
        return []

    @property
    def _fulfilment(self) -> Fulfilment:
        return "digital" if self.status == "delivered" else "pickup"

    def _requested(self) -> dict[str, int]:
        requested: dict[str, int] = {}
        for line in self.lines:
            requested[line.line_id] = requested.get(line.line_id, 0) + line.quantity
        return requested

    def _open_units(self, state: JourneyState) -> UnitsByLine:
        """Units of which this was not reported yet. Of goods that wait in the shop those that are ready come first."""
        if self.status == "delivered":
            done = units_in(one.units for one in state.handovers)
            return without(state.units_of("digital"), done)
        ready = units_in(one.units for one in state.handovers if not one.handed_over_at)
        waiting = state.uncollected()
        if self.status == "ready":
            return without(waiting, ready)
        others = without(waiting, ready)
        return {
            line: [unit for unit in units if (line, unit) in ready] + others.get(line, [])
            for line, units in waiting.items()
        }

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        units = self._open_units(state)
        if self.lines:
            units = {line: units[line][:count] for line, count in self._requested().items()}
        handover = make_ready(state, units, now) if self.status == "ready" else hand_over(state, units, now)
        state.closed_at = state.uncollected_at = None
        state.audit(now, self.actor, f"goods_{self.status}", handover.handover_id)
        return accepted(handover.handover_id)
