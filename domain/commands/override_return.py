"""An agent overrides a step of a return."""

from datetime import datetime, timedelta

from domain.attention import Attention
from domain.commands.base import Command
from domain.commands.cancel_return import CancelReturn
from domain.commands.override_order import guard
from domain.doing import decide
from domain.journey import JourneyState
from domain.overrides import OverrideOfReturn
from domain.quoting import stale
from domain.reasons import Answer, Objection, Reason, accepted
from domain.returns import ReturnCase
from domain.views import return_view, version_of


class OverrideReturn(Command):
    """One of the return's override words, with its reason."""

    return_id: str
    ask: OverrideOfReturn

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        case = state.case(self.return_id)
        if case is None:
            return [Objection(code=Reason.RETURN_UNKNOWN)]
        found = guard(self, self.ask.override, self.ask.expected_seq, state)
        version = version_of(return_view(state, case))
        if self.ask.expected_version not in (None, version):
            found.append(Objection(code=Reason.STATE_MOVED, facts={"version": version}))
        if self.ask.override == "cancel":
            return found + self._cancel().objections(state, now)
        if self.ask.override == "reopen":
            return found + self._against_reopening(state, case, now)
        if not self._fits(state, case):
            facts: dict[str, str | int] = {"override": self.ask.override, "status": case.decision}
            found.append(Objection(code=Reason.NOTHING_TO_OVERRIDE, facts=facts))
        return found

    def _fits(self, state: JourneyState, case: ReturnCase) -> bool:
        match self.ask.override:
            case "approve" | "refuse":
                return case.decision == "in_review"
            case "hold":
                return case.decision == "authorized" and case.held_until is None
            case "release":
                return case.held_until is not None
            case "extend_code":
                return case.decision == "authorized" and case.goods == "awaiting"
            case "change_resolution":
                unpaid = case.live and not state.settlements_of(case.return_id)
                return unpaid and self.ask.resolution in state.terms.policy.resolutions
            case _:
                return True

    def _against_reopening(self, state: JourneyState, case: ReturnCase, now: datetime) -> list[Objection]:
        """Only an expired or cancelled return whose very units and money are still free."""
        if case.decision not in ("expired", "cancelled", "refused") or state.settlements_of(case.return_id):
            return [Objection(code=Reason.NOTHING_TO_OVERRIDE, facts={"status": case.decision})]
        fresh = case.quote.model_copy(update={"expires_at": now + timedelta(hours=1)})
        return stale(state, fresh, now)

    def _cancel(self) -> CancelReturn:
        return CancelReturn(
            command_id=self.command_id,
            actor=self.actor,
            now=self.now,
            return_id=self.return_id,
            because=self.ask.because,
        )

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        case = state.case(self.return_id)
        assert case is not None
        state.write(now, self.actor, self.ask.override, case.return_id, because=self.ask.because)
        match self.ask.override:
            case "approve" | "refuse":
                state.settle_attention(f"review/{case.return_id}")
                case.because = self.ask.because
                decide(state, case, self.ask.override == "approve", now)
            case "hold":
                self._hold(state, case, now)
            case "release":
                case.held_until = None
                state.settle_attention(f"hold/{case.return_id}")
            case "extend_code":
                case.code_expires_at = max(case.code_expires_at, now) + timedelta(days=self.ask.days)
            case "change_resolution":
                assert self.ask.resolution is not None
                case.resolution = self.ask.resolution
            case "cancel":
                return self._cancel().carry_out(state, now)
            case "reopen":
                case.revision += 1
                state.settle_attention(f"unexpected_goods/{case.return_id}")
                decide(state, case, True, now)
            case "note":
                pass
        return accepted(case.return_id)

    def _hold(self, state: JourneyState, case: ReturnCase, now: datetime) -> None:
        """A hold always ends: left alone it is released."""
        until = now + timedelta(days=self.ask.days)
        case.held_until = until
        state.ask_for_attention(
            Attention(
                kind="hold",
                subject=case.return_id,
                owner="agent",
                since=now,
                deadline=until,
                default="release",
            )
        )
