"""Command: the merchant cannot ship in time and requests the customer's consent to a later date."""

from datetime import datetime

from domain.clock import MAX_WAIT, StatedInstant
from domain.model.command import Command
from domain.model.consent import MAX_CONSENTS, ConsentDecision
from domain.model.promise import Promise
from domain.model.state import JourneyState
from domain.orders import consent
from domain.reasons import CommandResult, Reason, Violation, accepted, too_long


class RequestDelayConsent(Command):
    """Request the customer's consent to a later date.

    promise: the later date.
    deadline: the time until which the customer can answer.
    default_answer: the answer that applies when the customer gives none by then.
    """

    promise: Promise
    deadline: StatedInstant
    default_answer: ConsentDecision

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        violations = []
        if not state.unshipped():
            violations.append(Violation(code=Reason.NOTHING_TO_WAIT_FOR))
        if state.has_open("consent"):
            violations.append(Violation(code=Reason.CONSENT_OPEN))
        if len(state.consents) >= MAX_CONSENTS:
            violations.append(Violation(code=Reason.TOO_MANY_CONSENTS, details={"max": MAX_CONSENTS}))
        if self.promise.due(state.zone) <= state.due:
            violations.append(Violation(code=Reason.DATE_NOT_LATER, details={"due": state.due.isoformat()}))
        if self.deadline <= now:
            violations.append(Violation(code=Reason.DEADLINE_PASSED, details={"now": now.isoformat()}))
        if max(self.promise.due(state.zone), self.deadline) > now + MAX_WAIT:
            violations.append(too_long())
        return violations

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        requested = consent.request_consent(
            state, self.actor, self.promise, self.deadline, self.default_answer, now
        )
        return accepted(requested.consent_id)
