"""Command: an agent overrides a step of a return."""

from datetime import datetime, timedelta

from domain.clock import MAX_WAIT
from domain.model.command import Command
from domain.model.override import ReturnOverrideRequest, override_violations
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted, too_long
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.exchanges import begin, end_by_agent, fall_back, may_end
from domain.returns.offers import resolutions
from domain.returns.quotes import quote_violations, unread_refunds
from domain.returns.receipts import accept_goods
from domain.returns.steps import change_resolution, decide_review
from domain.returns.views import return_view, status_of, version_of


class OverrideReturn(Command):
    """Apply one of the overrides of a return, with the agent's reason."""

    return_id: str
    request: ReturnOverrideRequest

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        case = state.case(self.return_id)
        if case is None:
            return [Violation(code=Reason.RETURN_UNKNOWN)]
        violations = override_violations(self, self.request.override, self.request.expected_seq, state)
        version = version_of(return_view(state, case))
        if self.request.expected_version not in (None, version):
            violations.append(Violation(code=Reason.STATE_CHANGED, details={"version": version}))
        if self.request.override == "cancel":
            return violations + self._cancel().violations(state, now)
        if self.request.override == "reopen":
            return violations + self._reopening_violations(state, case, now)
        if not self._fits(state, case):
            violations.append(self._nothing_to_override(state, case))
        elif self.request.override in ("hold", "extend_code") and self._until(case, now) > _last(case):
            violations.append(too_long())
        return violations

    def _nothing_to_override(self, state: JourneyState, case: ReturnCase) -> Violation:
        """The refusal, with the status that people see."""
        details: dict[str, str | int] = {"override": self.request.override, "status": status_of(state, case)}
        return Violation(code=Reason.NOTHING_TO_OVERRIDE, details=details)

    def _until(self, case: ReturnCase, now: datetime) -> datetime:
        """The end of the hold, or of the code that is extended."""
        since = max(case.code_expires_at, now) if self.request.override == "extend_code" else now
        return since + timedelta(days=self.request.days)

    def _fits(self, state: JourneyState, case: ReturnCase) -> bool:
        match self.request.override:
            case "approve" | "refuse":
                return case.decision == "in_review"
            case "hold":
                return case.decision == "authorized" and case.held_until is None
            case "release":
                return case.held_until is not None
            case "extend_code":
                return case.decision == "authorized" and case.goods == "awaiting"
            case "accept_goods":
                return bool(case.disputed)
            case "change_resolution":
                unpaid = case.live and not state.settlements_of(case.return_id)
                return (
                    unpaid
                    and self.request.resolution != "exchange"
                    and self.request.resolution in resolutions(state, case.units, case.opened_at)
                )
            case "end_exchange":
                chosen = self.request.resolution
                offered = chosen is None or chosen in resolutions(state, case.units, case.opened_at)
                return chosen != "exchange" and offered and may_end(state, case)
            case _:
                return True

    def _reopening_violations(self, state: JourneyState, case: ReturnCase, now: datetime) -> list[Violation]:
        """Why the return cannot be reopened.

        It can when it is expired, cancelled or refused, has no settlement, and its own units and money are free.
        """
        if case.decision not in ("expired", "cancelled", "refused") or state.settlements_of(case.return_id):
            return [self._nothing_to_override(state, case)]
        fresh = case.quote.model_copy(update={"expires_at": now + timedelta(hours=1)})
        return quote_violations(state, fresh, now, case.resolution)

    def _cancel(self) -> CancelReturn:
        return CancelReturn(
            command_id=self.command_id,
            actor=self.actor,
            now=self.now,
            return_id=self.return_id,
            reason=self.request.reason,
        )

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        case = state.case(self.return_id)
        assert case is not None
        state.audit(
            now, self.actor, self.request.override, case.return_id, override_reason=self.request.reason
        )
        match self.request.override:
            case "approve" | "refuse":
                state.settle_question("review", case.return_id)
                case.reason = self.request.reason
                case.customer_text = self.request.customer_text if self.request.override == "refuse" else ""
                self._waive(state, case)
                decide_review(state, case, self.request.override == "approve", now)
            case "hold":
                self._hold(state, case, now)
            case "release":
                case.held_until = None
                state.settle_question("hold", case.return_id)
            case "extend_code":
                case.code_expires_at = self._until(case, now)
            case "change_resolution":
                assert self.request.resolution is not None
                self._change_resolution(state, case, self.request.resolution, now)
            case "end_exchange":
                end_by_agent(state, case, self.request.resolution, now)
            case "accept_goods":
                accept_goods(state, case)
            case "cancel":
                return self._cancel().execute(state, now)
            case "reopen":
                case.revision, case.customer_text = case.revision + 1, ""
                state.settle_question("unexpected_goods", case.return_id)
                self._waive(state, case)
                decide_review(state, case, True, now)
                if case.resolution == "exchange" and case.exchange is not None:
                    begin(state, case, case.exchange.fallback, now)
            case "note":
                pass
        return accepted(case.return_id)

    def _change_resolution(
        self, state: JourneyState, case: ReturnCase, resolution: Resolution, now: datetime
    ) -> None:
        """An exchange ends by it, and its new goods are given back."""
        if case.exchange is not None and not case.exchange.over:
            fall_back(state, case, "by_an_agent", now, resolution)
        else:
            change_resolution(state, case, resolution)

    def _waive(self, state: JourneyState, case: ReturnCase) -> None:
        """A person has approved the return beside the refunds whose amount is unknown: it is not reviewed for them again."""
        if self.request.override != "refuse":
            case.waived += [one for one in unread_refunds(state) if one not in case.waived]

    def _hold(self, state: JourneyState, case: ReturnCase, now: datetime) -> None:
        """Hold the return for `days`. A hold always ends: at its deadline it is released by default."""
        until = self._until(case, now)
        case.held_until = until
        state.open_question("hold", case.return_id, now, deadline=until)


def _last(case: ReturnCase) -> datetime:
    """How long a return may be kept open by hand, however often it is extended."""
    return case.opened_at + MAX_WAIT
