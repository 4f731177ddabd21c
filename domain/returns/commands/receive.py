"""Command: the warehouse received goods of a return."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.base import Frozen
from domain.model.command import Command
from domain.model.order import Identifier
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class ReceivedLine(Frozen):
    """The quantity of a line that arrived, in units."""

    line_id: Identifier
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]


class ReceiveGoods(Command):
    """Record the units that arrived. Without `lines`: all units that are still missing (S-51).

    More units than the return has open a question for the warehouse (S-54).
    Goods of a return that has ended are recorded too, as they did arrive: an agent gets a question, nothing is paid.
    """

    return_id: str
    lines: tuple[ReceivedLine, ...] = ()

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if case.decision == "in_review":
            return [Violation(code=Reason.RETURN_IN_REVIEW)]
        if not case.missing:
            return [Violation(code=Reason.NOT_EXPECTED)]
        announced = case.units
        return [
            Violation(code=Reason.NOT_EXPECTED, details={"line": line.line_id})
            for line in self.lines
            if line.line_id not in announced
        ]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.case(self.return_id)
        assert case is not None
        missing = case.missing
        arrived = (
            {line: len(units) for line, units in missing.items()}
            if not self.lines
            else self._units_per_line()
        )
        for line_id, count in arrived.items():
            expected = missing.get(line_id, [])
            case.received.setdefault(line_id, []).extend(expected[:count])
            if count > len(expected):
                state.open_question("unexpected_goods", case.return_id, now, owner="warehouse")
        case.received = {line: units for line, units in case.received.items() if units}
        if not case.live:
            state.open_question("unexpected_goods", case.return_id, now)
        state.audit(now, self.actor, "goods_received", case.return_id, units=sum(arrived.values()))
        return accepted(case.return_id)

    def _units_per_line(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for line in self.lines:
            counts[line.line_id] = counts.get(line.line_id, 0) + line.quantity
        return counts
