"""Command: a payment of the order was captured after it was placed."""

from datetime import datetime

from domain.model.command import Command
from domain.model.order import Tender
from domain.model.state import JourneyState
from domain.payments.captures import apply_capture
from domain.reasons import CommandResult, Violation, accepted


class RecordPayment(Command):
    """Enter the payment of a tender. It has happened and is in the ledger, so it cannot be refused; again changes nothing."""

    tender: Tender

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        news = apply_capture(state, self.tender, now)
        if news:
            amount = self.tender.amount.minor
            state.audit(now, self.actor, "payment_captured", self.tender.tender_id, amount=amount)
        return accepted(self.tender.tender_id).model_copy(update={"repeated": not news})
