"""Command: the shop's fulfilment system reports what became of a request to send new goods."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain import exchange_keys
from domain.model.command import Command
from domain.model.exchange import ExchangePart
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.returns.exchanges import refuse_part
from domain.units import units_in


class ReportExchange(Command):
    """Enter that a request was accepted or rejected after all. Goods that are in a parcel are not rejected any more."""

    return_id: str
    part: Annotated[int, Field(ge=1)] = 1
    status: Literal["accepted", "rejected"]
    reference: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=200)] = ""

    def _part(self, state: JourneyState) -> ExchangePart | None:
        case = state.case(self.return_id)
        parts = case.exchange.parts if case and case.exchange else []
        return next((part for part in parts if part.part == self.part), None)

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if state.case(self.return_id) is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        part = self._part(state)
        if part is None:
            return [Violation(code=Reason.EXCHANGE_CLOSED, details={"part": self.part})]
        if part.status == self.status:
            return []
        gone = units_in([part.units]) - units_in([state.unshipped()])
        if part.status == "rejected" or (self.status == "rejected" and gone):
            return [Violation(code=Reason.EXCHANGE_CLOSED, details={"part": self.part})]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case, part = state.require_case(self.return_id), self._part(state)
        assert part is not None, f"return {self.return_id} has no part {self.part}"
        if part.status == self.status:
            return accepted(self.return_id).model_copy(update={"repeated": True})
        state.audit(now, self.actor, f"exchange_{self.status}", self.return_id, part=self.part)
        if self.status == "accepted":
            part.status, part.reference = "accepted", self.reference
            state.settle_question("exchange_unanswered", exchange_keys.sending(self.return_id, self.part))
        else:
            refuse_part(state, case, part, self.reason, now)
        return accepted(self.return_id)
