"""A return is called off while nothing irreversible has happened."""

from datetime import datetime

from domain import paying
from domain.actors import STAFF, Role
from domain.commands.base import Command
from domain.doing import call_off
from domain.journey import JourneyState
from domain.reasons import Answer, Objection, Reason, accepted
from domain.returns import ReturnCase


class CancelReturn(Command):
    """Cancel; its units may be returned anew (S-38).

    A senior agent may also cancel one paid as store credit whose goods never arrived: the credit is taken back,
    bonus included. Money that left to a card is never taken back.
    """

    return_id: str
    because: str = ""

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        case = state.case(self.return_id)
        if case is None:
            return [Objection(code=Reason.RETURN_UNKNOWN)]
        if not case.live:
            return [Objection(code=Reason.RETURN_CLOSED, facts={"status": case.decision})]
        if case.received:
            return [Objection(code=Reason.RETURN_UNDER_WAY, facts={"goods": case.goods})]
        if not case.dropped_off:
            return []
        return self._against_reversal(state, case)

    def _against_reversal(self, state: JourneyState, case: ReturnCase) -> list[Objection]:
        if self.actor.role not in STAFF:
            return [Objection(code=Reason.RETURN_UNDER_WAY, facts={"goods": case.goods})]
        if self.actor.role not in (Role.SENIOR_AGENT, Role.ADMIN):
            return [Objection(code=Reason.ROLE_TOO_LOW, facts={"needed": Role.SENIOR_AGENT})]
        legs = [leg for s in state.settlements_of(case.return_id) for leg in s.legs]
        if any(leg.to != "credit" for leg in legs) or any(leg.open for leg in legs):
            return [Objection(code=Reason.MONEY_MOVED)]
        return []

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        case = state.case(self.return_id)
        assert case is not None
        call_off(state, case, self.actor, self.because, now)
        if paying.paid_legs(state, case.return_id):
            state.plan(paying.plan_reversal(state, case, now), now)
        return accepted(case.return_id)
