"""The shop cannot send in time and asks the customer to agree to a later date."""

from datetime import datetime

from domain import consenting
from domain.clock import StatedInstant
from domain.commands.base import Command
from domain.consents import MOST_CONSENTS, Agreement
from domain.journey import JourneyState
from domain.promises import Promise
from domain.reasons import Answer, Objection, Reason, accepted


class AskConsent(Command):
    """Will the customer wait for the later `promise`? Without an answer by `deadline`, `if_silent` happens."""

    promise: Promise
    deadline: StatedInstant
    if_silent: Agreement

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        if state.cancelled_at is not None:
            return [Objection(code=Reason.ORDER_CANCELLED)]
        found = []
        if not state.unshipped():
            found.append(Objection(code=Reason.NOTHING_TO_WAIT_FOR))
        if state.asks("consent"):
            found.append(Objection(code=Reason.CONSENT_OPEN))
        if len(state.consents) >= MOST_CONSENTS:
            found.append(Objection(code=Reason.TOO_MANY_CONSENTS, facts={"most": MOST_CONSENTS}))
        if self.promise.due(state.zone) <= state.due:
            found.append(Objection(code=Reason.DATE_NOT_LATER, facts={"due": state.due.isoformat()}))
        if self.deadline <= now:
            found.append(Objection(code=Reason.DEADLINE_PASSED, facts={"now": now.isoformat()}))
        return found

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        asked = consenting.ask(state, self.actor, self.promise, self.deadline, self.if_silent, now)
        return accepted(asked.consent_id)
