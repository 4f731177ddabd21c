"""Command: the customer, or an agent for the customer, answers a request for consent to a later date."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.consent import ConsentDecision
from domain.model.state import JourneyState
from domain.orders import consent
from domain.reasons import CommandResult, Reason, Violation, accepted


class RespondToDelayConsent(Command):
    """Answer the request.

    wait: the later date becomes the promise.
    cancel: the units that have not shipped are cancelled.
    """

    consent_id: Annotated[str, Field(max_length=64)]
    answer: ConsentDecision

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        details: dict[str, str | int] = {"consent": self.consent_id}
        if all(consent.consent_id != self.consent_id for consent in state.consents):
            return [Violation(code=Reason.CONSENT_UNKNOWN, details=details)]
        item = state.open_item("consent", self.consent_id)
        if item is None or item.deadline <= now:
            return [Violation(code=Reason.CONSENT_CLOSED, details=details)]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        consent.respond_to_consent(state, self.consent_id, self.answer, self.actor, now)
        return accepted(self.consent_id)
