"""Command: a person decides about a claim."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.actors import Role
from domain.model.claw_back import ClawBack
from domain.model.command import Command
from domain.model.override import SealedReason
from domain.model.state import JourneyState
from domain.money import zero
from domain.payments.claw_backs import letters, steps
from domain.reasons import CommandResult, Reason, Violation, accepted

ClawBackDecision = Literal["accept", "reject", "waive", "withdraw", "write_off", "paid_by_hand"]
_STAFF = frozenset({Role.AGENT, Role.SENIOR_AGENT, Role.ADMIN, Role.FINANCE})
_SENIORS = frozenset({Role.SENIOR_AGENT, Role.ADMIN, Role.FINANCE})
ALLOWED: dict[ClawBackDecision, frozenset[Role]] = {
    "accept": _STAFF,
    "reject": _STAFF,
    "waive": _STAFF,
    "withdraw": _SENIORS,
    "write_off": _SENIORS,
    "paid_by_hand": frozenset({Role.FINANCE, Role.SENIOR_AGENT, Role.ADMIN}),
}


class DecideClawBack(Command):
    """One decision, with its reason.

    accept, reject: of the customer's answer. waive: nothing more is asked for, what was taken stays.
    withdraw: it should not have been asked for; what was taken is given back. write_off: what is owed is not asked for any
    more. paid_by_hand: what is owed was received in another way.
    reason: sealed; it is kept forever.
    """

    claim: Annotated[str, Field(max_length=64)]
    decision: ClawBackDecision
    reason: SealedReason

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        claim = state.claw_back(self.claim)
        if claim is None:
            return [Violation(code=Reason.CLAW_BACK_UNKNOWN, details={"claim": self.claim})]
        if self.actor.role not in ALLOWED[self.decision]:
            needed = ", ".join(sorted(ALLOWED[self.decision]))
            return [Violation(code=Reason.ROLE_TOO_LOW, details={"needed": needed})]
        if not self._fits(claim):
            details: dict[str, str | int] = {"override": self.decision, "status": claim.stage}
            return [Violation(code=Reason.NOTHING_TO_OVERRIDE, details=details)]
        return []

    def _fits(self, claim: ClawBack) -> bool:
        match self.decision:
            case "accept" | "reject":
                return claim.stage == "answered"
            case "waive":
                return claim.stage not in ("closing", "closed")
            case "withdraw":
                return bool(claim.amount) and claim.end != "withdrawn"
            case _:
                return claim.stage == "payable" and bool(claim.receivable) and not claim.work

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        claim = state.claw_back(self.claim)
        assert claim is not None
        state.audit(now, self.actor, f"claw_back_{self.decision}", claim.claim, override_reason=self.reason)
        match self.decision:
            case "accept":
                steps.finish(state, claim, "accepted", now)
            case "reject":
                _reject(state, claim, now)
            case "waive":
                steps.finish(state, claim, "waived", now)
            case "write_off":
                steps.finish(state, claim, "written_off", now)
            case "withdraw":
                claim.end = "withdrawn"
                steps.settle_questions(state, claim)
                steps.reduce(state, claim, {}, zero(claim.amount.currency), now)
            case "paid_by_hand":
                steps.pay_by_hand(state, claim, self.actor, now)
        return accepted(claim.claim)


def _reject(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """The claim stands. Nothing is taken before the latest day that was told, and the customer may add evidence until then."""
    if claim.reply is not None:
        letters.notify(state, claim, "claw_back_answered", now, outcome="rejected")
    if now >= claim.answer_by:
        steps.collect(state, claim, now)
        return
    steps.wait_for_answer(state, claim, claim.answer_by, now)
