"""Command: the customer paid what the new goods of an exchange cost more."""

from datetime import datetime

from domain.model.command import Command
from domain.model.order import Tender
from domain.model.state import JourneyState
from domain.payments.exchange_plan import plan_further_payment_back
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.returns.exchanges import pay_back


class PayExchange(Command):
    """Enter the payment. It has happened and is in the ledger: for an exchange that is over or paid, it is paid back."""

    return_id: str
    tender: Tender

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None or case.exchange is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.require_case(self.return_id)
        exchange = case.exchange
        assert exchange is not None, f"return {self.return_id} has no exchange"
        if state.order.tender(self.tender.tender_id) is not None:
            return accepted(self.return_id).model_copy(update={"repeated": True})
        state.order = state.order.model_copy(update={"tenders": (*state.order.tenders, self.tender)})
        amount = self.tender.amount.minor
        state.audit(now, self.actor, "exchange_paid", self.return_id, amount=amount)
        if exchange.paid_at is not None:
            state.plan(plan_further_payment_back(state, case, self.tender, now), now)
            return accepted(self.return_id)
        exchange.paid_at, exchange.tender_id = now, self.tender.tender_id
        if exchange.over:
            pay_back(state, case, now)
        return accepted(self.return_id)
