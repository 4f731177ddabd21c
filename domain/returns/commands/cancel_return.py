"""Command: cancel a return while nothing irreversible has happened."""

from datetime import datetime

from domain.actors import STAFF, Role
from domain.model.command import Command
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.returns.steps import cancel_return


class CancelReturn(Command):
    """Cancel the return. Its units may be returned again (S-38).

    A senior agent may also cancel a return that was dropped off and never arrived, if it was paid as store credit.
    The credit is then taken back, with its bonus. Money that was paid to a card is never taken back.
    """

    return_id: str
    reason: str = ""

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        if not case.live:
            return [Violation(code=Reason.RETURN_CLOSED, details={"status": case.decision})]
        if case.arrived or (case.exchange and case.exchange.parts):
            return [Violation(code=Reason.RETURN_UNDER_WAY, details={"goods": case.goods})]
        if not case.left_customer:
            return []
        return self._reversal_violations(state, case)

    def _reversal_violations(self, state: JourneyState, case: ReturnCase) -> list[Violation]:
        if self.actor.role not in STAFF:
            return [Violation(code=Reason.RETURN_UNDER_WAY, details={"goods": case.goods})]
        if self.actor.role not in (Role.SENIOR_AGENT, Role.ADMIN):
            return [Violation(code=Reason.ROLE_TOO_LOW, details={"needed": Role.SENIOR_AGENT})]
        legs = [leg for s in state.settlements_of(case.return_id) for leg in s.legs]
        if any(leg.to != "credit" for leg in legs) or any(leg.open for leg in legs):
            return [Violation(code=Reason.MONEY_ALREADY_SENT)]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.case(self.return_id)
        assert case is not None
        cancel_return(state, case, self.actor, self.reason, now)
        if refund_plan.paid_legs(state, case.return_id):
            state.plan(refund_plan.plan_reversal(state, case, now), now)
        return accepted(case.return_id)
