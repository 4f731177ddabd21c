"""The customer says whether they wait, or an agent says it for them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain import consenting
from domain.commands.base import Command
from domain.consents import Agreement
from domain.journey import JourneyState
from domain.reasons import Answer, Objection, Reason, accepted


class AnswerConsent(Command):
    """`wait` makes the later date the promise; `cancel` calls off what has not left."""

    consent_id: Annotated[str, Field(max_length=16)]
    answer: Agreement

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        facts: dict[str, str | int] = {"consent": self.consent_id}
        if all(consent.consent_id != self.consent_id for consent in state.consents):
            return [Objection(code=Reason.CONSENT_UNKNOWN, facts=facts)]
        item = next((item for item in state.attention if item.id == f"consent/{self.consent_id}"), None)
        if item is None or item.deadline <= now:
            return [Objection(code=Reason.CONSENT_CLOSED, facts=facts)]
        return []

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        consenting.answer(state, self.consent_id, self.answer, self.actor, now)
        return accepted(self.consent_id)
