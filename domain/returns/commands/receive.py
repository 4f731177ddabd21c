"""Command: the warehouse received goods of a return."""

from datetime import datetime

from domain.model.command import Command
from domain.model.received_goods import ReceivedLine
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.returns.receipts import Receipt


class ReceiveGoods(Command):
    """Record what arrived, whatever it is: goods are there, so they cannot be refused.

    lines: the goods; without any, all units that are still missing have arrived in good condition (S-51).
    Announced units are taken in. All other goods are kept for a person, and nothing is paid for them by itself (S-54):
    goods of another line or of none, more units than announced, units in another condition than good, goods of a return
    that is over. A line whose `receipt` the return has already changes nothing.
    """

    return_id: str
    lines: tuple[ReceivedLine, ...] = ()

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if not self.lines and not case.missing:
            return [Violation(code=Reason.NOT_EXPECTED)]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.require_case(self.return_id)
        missing = [
            ReceivedLine(line_id=line_id, quantity=len(units)) for line_id, units in case.missing.items()
        ]
        Receipt(state, case, self.actor, now).record(self.lines or missing)
        return accepted(case.return_id)
