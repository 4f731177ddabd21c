"""A customer, or an agent for them, wants to send something back."""

from datetime import datetime, timedelta
from typing import Literal

from domain import eligibility, quoting
from domain.actors import STAFF
from domain.attention import Attention
from domain.commands.base import Command
from domain.doing import tell_of_return
from domain.journey import JourneyState
from domain.quotes import Quote, ReturnWish
from domain.reasons import WAIVABLE, Answer, Objection, Reason, accepted
from domain.returns import Method, Resolution, ReturnCase

MOST_RETURNS = (
    30  # of one order, cancelled ones included: a state that grows without end would stop its journey
)


class OpenReturn(Command):
    """Authorize this quote. The API made the id, number and code; the journey only keeps the code's hash.

    `because`: an agent's reason for overruling what may be overruled; customers cannot pass it.
    """

    return_id: str
    number: str
    code_hash: str
    quote: Quote
    resolution: Resolution
    method: Method = "drop_off"
    because: str = ""

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        found = [one for one in self._found(state, now) if not self._overrules(one)]
        if not found:
            found = quoting.stale(state, self.quote, now)
        if len(state.returns) >= MOST_RETURNS:
            found.append(Objection(code=Reason.TOO_MANY_RETURNS, facts={"most": MOST_RETURNS}))
        if self.resolution not in state.terms.policy.resolutions:
            found.append(Objection(code=Reason.RESOLUTION_NOT_OFFERED, facts={"resolution": self.resolution}))
        return found

    def _found(self, state: JourneyState, now: datetime) -> list[Objection]:
        return eligibility.objections(state, self._wishes(), now)

    def _wishes(self) -> list[ReturnWish]:
        return [
            ReturnWish(line_id=item.line_id, quantity=len(item.units), reason=item.reason)
            for item in self.quote.items
        ]

    def _overrules(self, objection: Objection) -> bool:
        return bool(self.because) and self.actor.role in STAFF and objection.code in WAIVABLE

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        too_much = quoting.needs_review(state, self.quote.refund)
        review = [one for one in too_much if not self._overrules(one)]
        overruled = [one for one in [*self._found(state, now), *too_much] if self._overrules(one)]
        case = ReturnCase(
            return_id=self.return_id,
            number=self.number,
            quote=self.quote,
            resolution=self.resolution,
            method=self.method,
            decision="in_review" if review else "authorized",
            opened_at=now,
            opened_by=self.actor,
            overruled=overruled,
            because=self.because,
            code_hash=self.code_hash,
            code_expires_at=now + timedelta(days=state.terms.policy.code_days),
        )
        state.returns.append(case)
        state.write(now, self.actor, "return_opened", case.return_id, because=self.because)
        return self._review(state, case, review, now) if review else self._authorize(state, case, now)

    def _authorize(self, state: JourneyState, case: ReturnCase, now: datetime) -> Answer:
        tell_of_return(state, case, "return_authorized", now)
        return accepted(case.return_id)

    def _review(
        self, state: JourneyState, case: ReturnCase, reasons: list[Objection], now: datetime
    ) -> Answer:
        policy = state.terms.policy
        default: Literal["approve", "refuse"] = policy.review_default
        state.ask_for_attention(
            Attention(
                kind="review",
                subject=case.return_id,
                owner="agent",
                since=now,
                deadline=now + timedelta(hours=policy.review_hours),
                default=default,
            )
        )
        tell_of_return(state, case, "return_in_review", now)
        return Answer(verdict="needs_agent", reasons=tuple(reasons), subject=case.return_id)
