"""The carrier says delivered, and the customer has nothing."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain.actors import STAFF
from domain.model.command import Command
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.tracking.traces import open_trace


class ReportNotReceived(Command):
    """Search for this parcel. A customer may ask once, within the terms' days; staff may ask again and later."""

    parcel: Annotated[str, Field(max_length=64)]

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        details: dict[str, str | int] = {"parcel": self.parcel}
        parcel = state.parcel(self.parcel)
        if parcel is None:
            return [Violation(code=Reason.PARCEL_UNKNOWN, details=details)]
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        if parcel.lost_at is not None:
            return [Violation(code=Reason.PARCEL_LOST, details=details)]
        expected = self._expected_at(parcel)
        if expected is None or now < expected:
            return [Violation(code=Reason.PARCEL_UNDER_WAY, details=details)]
        if state.has_open("not_received", self.parcel):
            return [Violation(code=Reason.TRACE_OPEN, details=details)]
        return [] if self.actor.role in STAFF else self._customer_violations(state, parcel, now)

    def _customer_violations(self, state: JourneyState, parcel: Parcel, now: datetime) -> list[Violation]:
        details: dict[str, str | int] = {"parcel": self.parcel}
        violations = []
        if parcel.trace_opened_at is not None:
            violations.append(Violation(code=Reason.TRACE_CLOSED, details=details))
        arrived = self._expected_at(parcel)
        assert arrived is not None
        until = arrived + timedelta(days=state.terms.policy.trace.report_within)
        if now >= until:
            violations.append(
                Violation(code=Reason.OUTSIDE_WINDOW, details={**details, "until": until.isoformat()})
            )
        return violations

    def _expected_at(self, parcel: Parcel) -> datetime | None:
        """When the customer should have it: it was delivered, or no carrier reports about it and its promise is over."""
        return parcel.delivered_at or parcel.assumed_arrival

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        parcel = state.parcel(self.parcel)
        assert parcel is not None
        open_trace(state, parcel, self.actor, now)
        return accepted(self.parcel)
