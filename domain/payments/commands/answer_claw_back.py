"""Command: the customer answers the notice of a claim, or an agent for them."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain.model.claw_back import ClawBack, ClawBackAnswer, ClawBackReply
from domain.model.claw_back_terms import ClawBackGround
from domain.model.command import Command
from domain.model.state import JourneyState
from domain.payments.claw_backs import letters, steps
from domain.reasons import CommandResult, Reason, Violation, accepted

SealedEvidence = Annotated[str, Field(max_length=12_000)]
MAX_REPLIES = 10  # to one claim

_AGREE_OR_DISPUTE: tuple[ClawBackAnswer, ...] = ("dispute", "agree")
POSSIBLE: dict[ClawBackGround, tuple[ClawBackAnswer, ...]] = {
    "rejected": _AGREE_OR_DISPUTE,
    "incomplete": ("already_sent", "will_send", *_AGREE_OR_DISPUTE),
    "never_arrived": ("already_sent", "will_send", *_AGREE_OR_DISPUTE),
    "lost_after_scan": ("already_sent", *_AGREE_OR_DISPUTE),
    "parcel_arrived": ("will_send", *_AGREE_OR_DISPUTE),
}
"""By the ground of a claim: what can be answered to it."""


class AnswerClawBack(Command):
    """`agree`: the claim is right; `will_send`: the goods are coming; `already_sent` and `dispute` are decided by a person.

    text: the evidence, as the number of a receipt; sealed.
    """

    claim: Annotated[str, Field(max_length=64)]
    answer: ClawBackAnswer
    text: SealedEvidence = ""

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        claim = state.claw_back(self.claim)
        if claim is None:
            return [Violation(code=Reason.CLAW_BACK_UNKNOWN, details={"claim": self.claim})]
        if not self._is_possible(state, claim, now):
            details: dict[str, str | int] = {"claim": self.claim, "stage": claim.stage, "answer": self.answer}
            return [Violation(code=Reason.NOTHING_TO_CHOOSE, details=details)]
        return []

    def _is_possible(self, state: JourneyState, claim: ClawBack, now: datetime) -> bool:
        item = state.open_item("claw_back", claim.claim)
        if item is None or now >= item.deadline or claim.replies >= MAX_REPLIES:
            return False
        again = claim.stage == "sending" and self.answer == "will_send"
        return self.answer in POSSIBLE[claim.ground] and not again

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        claim = state.claw_back(self.claim)
        assert claim is not None
        claim.reply = ClawBackReply(answer=self.answer, at=now, by=self.actor.role, text=self.text)
        claim.replies += 1
        state.audit(now, self.actor, "claw_back_answered", claim.claim, answer=self.answer, text=self.text)
        match self.answer:
            case "agree":
                steps.collect(state, claim, now)
            case "will_send":
                _wait_for_goods(state, claim, now)
            case _:
                claim.stage = "answered"
                steps.settle_questions(state, claim)
                state.open_question("claw_back_answer", claim.claim, now)
        if self.answer != "agree":
            letters.notify(state, claim, "claw_back_answered", now, outcome=claim.stage)
        return accepted(claim.claim)


def _wait_for_goods(state: JourneyState, claim: ClawBack, now: datetime) -> None:
    """The goods may take as long as those of any return. The customer is told so, and nothing is taken before."""
    claim.stage = "sending"
    claim.answer_by = max(claim.answer_by, now + timedelta(days=state.terms.policy.goods_days))
    state.open_question("claw_back", claim.claim, now, deadline=claim.answer_by)
