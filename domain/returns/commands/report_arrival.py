"""Command: a parcel of a return came to the warehouse; what is in it is not known before the dock scans it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.clock import Instant
from domain.model.command import Command
from domain.model.return_case import MAX_ARRIVALS, ArrivedParcel, ProofOfSending
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class ReportArrival(Command):
    """Record it. The same tracking number again changes nothing; a return may come in several parcels.

    It proves that the customer gave the goods away, where nothing did before. at: when it came, if that is past; else now.
    """

    return_id: str
    carrier: Annotated[str, Field(max_length=64)] = ""
    tracking_number: Annotated[str, Field(max_length=64)] = ""
    at: Instant | None = None

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if any(one.tracking_number == self.tracking_number for one in case.arrivals):
            return []
        if not case.live:
            return [Violation(code=Reason.RETURN_CLOSED, details={"status": case.decision})]
        if len(case.arrivals) >= MAX_ARRIVALS:
            return [Violation(code=Reason.TOO_MANY_PARCELS)]
        return [] if case.missing else [Violation(code=Reason.NOT_EXPECTED)]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.require_case(self.return_id)
        if any(one.tracking_number == self.tracking_number for one in case.arrivals):
            return accepted(case.return_id).model_copy(update={"repeated": True})
        at = max(case.opened_at, min(self.at or now, now))
        case.arrivals.append(ArrivedParcel(at=at, carrier=self.carrier, tracking_number=self.tracking_number))
        if not case.left_customer:
            case.sent = ProofOfSending(at=at, carrier=self.carrier, tracking_number=self.tracking_number)
        state.audit(now, self.actor, "goods_arrived", case.return_id, carrier=self.carrier)
        return accepted(case.return_id)
