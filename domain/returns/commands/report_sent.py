"""Command: the goods of a return are under way, and there is a proof of it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.clock import Instant
from domain.model.command import Command
from domain.model.return_case import ProofOfSending
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class ReportSent(Command):
    """Record that a carrier has the goods, or that the customer proved that they were sent.

    The first proof stays; a further one changes nothing. It is a fact, so it is taken during a review too.
    sent_at: when they were sent, if that is past; else now.
    """

    return_id: str
    carrier: Annotated[str, Field(max_length=64)] = ""
    tracking_number: Annotated[str, Field(max_length=64)] = ""
    sent_at: Instant | None = None

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if case.sent is not None:
            return []
        if not case.live:
            return [Violation(code=Reason.RETURN_CLOSED, details={"status": case.decision})]
        return [] if case.missing else [Violation(code=Reason.NOT_EXPECTED)]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.require_case(self.return_id)
        if case.sent is not None:
            return accepted(case.return_id).model_copy(update={"repeated": True})
        at = max(case.opened_at, min(self.sent_at or now, now))
        case.sent = ProofOfSending(at=at, carrier=self.carrier, tracking_number=self.tracking_number)
        state.audit(now, self.actor, "goods_sent", case.return_id, carrier=self.carrier)
        return accepted(case.return_id)
