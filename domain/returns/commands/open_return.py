"""Command: open a return, by the customer or by an agent for the customer."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.actors import STAFF
from domain.model.command import Command
from domain.model.exchange_quote import ExchangeFallback
from domain.model.quote import Quote, ReturnItem
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.risk import RiskAssessment
from domain.model.state import JourneyState
from domain.model.withdrawal import Withdrawal
from domain.payments.fast_return import authorize
from domain.reasons import WAIVABLE, CommandResult, Reason, Violation, accepted
from domain.returns import eligibility, exchanges, quotes
from domain.returns.exchange_quotes import not_offered
from domain.returns.offers import resolutions
from domain.returns.risk import risk_violations
from domain.returns.steps import notify_return, open_review
from domain.returns.withdrawal import reimbursement_end, statutory_end
from domain.returns.withdrawal_rules import withdrawal_violations
from domain.units import UnitsByLine

# Of one order, cancelled returns included: a state that grows without a limit would stop its journey.
MAX_RETURNS = 30


class OpenReturn(Command):
    """Open a return for this quote. The API made the id, number and code; the journey keeps only the code's hash.

    fallback: what the customer gets if an exchange cannot be had.
    risk: the points with which the quote was made; the quote says what they decide.
    reason: an agent's reason to waive the rules that may be waived. Customers cannot pass it.
    withdrawal: the statement by which the customer withdrew from the contract. It needs no reason and no review, and pays money.
    """

    return_id: str
    number: str
    code_hash: str
    quote: Quote
    resolution: Resolution
    method: ReturnMethod = "drop_off"
    fallback: ExchangeFallback = "refund"
    risk: RiskAssessment | None = None
    reason: str = ""
    withdrawal: Withdrawal | None = None

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        violations = [
            violation for violation in self._eligibility_violations(state, now) if not self._waives(violation)
        ]
        if not violations:
            violations = quotes.quote_violations(state, self.quote, now, self.resolution)
        if len(state.returns) >= MAX_RETURNS:
            violations.append(Violation(code=Reason.TOO_MANY_RETURNS, details={"max": MAX_RETURNS}))
        if self.method != self.quote.method and quotes.depends_on_method(state):
            violations.append(Violation(code=Reason.QUOTE_STALE))
        if self.resolution not in self._offered(state, now):
            violations.append(
                Violation(code=Reason.RESOLUTION_NOT_OFFERED, details={"resolution": self.resolution})
            )
        if self.resolution == "exchange":
            violations += self._exchange_violations(state, now)
        return violations

    def _offered(self, state: JourneyState, now: datetime) -> tuple[Resolution, ...]:
        return ("refund",) if self.withdrawal else resolutions(state, self._units(), now)

    def _exchange_violations(self, state: JourneyState, now: datetime) -> Iterator[Violation]:
        """The quote names the new goods, and what happens without them is offered too."""
        if self.quote.exchange is None:
            yield not_offered("not_quoted")
        if self.fallback != "wait" and self.fallback not in resolutions(state, self._units(), now):
            yield Violation(code=Reason.RESOLUTION_NOT_OFFERED, details={"resolution": self.fallback})

    def _eligibility_violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if self.withdrawal:  # what counts is when the shop was told, not when it was worked on
            return withdrawal_violations(state, self._items(), min(now, self.withdrawal.received_at))
        return eligibility.violations(state, self._items(), now)

    def _units(self) -> UnitsByLine:
        return {item.line_id: list(item.units) for item in self.quote.items}

    def _items(self) -> list[ReturnItem]:
        return quotes.items_of(self.quote)

    def _waives(self, violation: Violation) -> bool:
        return bool(self.reason) and self.actor.role in STAFF and violation.code in WAIVABLE

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        too_much = self._review_violations(state)
        review = [one for one in too_much if not self._waives(one)]
        overruled = [
            one for one in [*self._eligibility_violations(state, now), *too_much] if self._waives(one)
        ]
        case = ReturnCase(
            return_id=self.return_id,
            number=self.number,
            quote=self.quote,
            resolution=self.resolution,
            method=self.method,
            risk=self.risk,
            decision="in_review" if review else "authorized",
            opened_at=now,
            opened_by=self.actor,
            waived=overruled,
            reason=self.reason,
            statutory_at=self._statutory_at(state, now),
            withdrawal=self.withdrawal,
            code_hash=self.code_hash,
            code_expires_at=now + timedelta(days=state.terms.policy.code_days),
        )
        state.returns.append(case)
        if self.resolution == "exchange":
            exchanges.begin(state, case, self.fallback, now)
        state.audit(now, self.actor, "return_opened", case.return_id, override_reason=self.reason)
        return self._review(state, case, review, now) if review else self._authorize(state, case, now)

    def _review_violations(self, state: JourneyState) -> list[Violation]:
        """Why an agent looks first. At a withdrawal only what may be paid already: no limit of the merchant holds it up."""
        if self.withdrawal:
            return quotes.unread_refunds(state)
        return [
            *quotes.review_violations(state, self.quote, self.resolution),
            *risk_violations(state, self.risk),
        ]

    def _statutory_at(self, state: JourneyState, now: datetime) -> datetime | None:
        if self.withdrawal:
            return reimbursement_end(state, self.withdrawal.received_at)
        return statutory_end(state, self._units(), now)

    def _authorize(self, state: JourneyState, case: ReturnCase, now: datetime) -> CommandResult:
        authorize(state, case, now)
        notify_return(state, case, "return_authorized", now)
        return accepted(case.return_id)

    def _review(
        self, state: JourneyState, case: ReturnCase, reasons: list[Violation], now: datetime
    ) -> CommandResult:
        case.review = reasons
        open_review(
            state, case, now, maybe_paid=any(one.code is Reason.REFUND_AMOUNT_UNKNOWN for one in reasons)
        )
        return CommandResult(verdict="needs_agent", reasons=tuple(reasons), subject=case.return_id)
