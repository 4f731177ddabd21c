"""Command: the shop or its staff report what they know about the risk of an order."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.actors import STAFF
from domain.model.command import Command
from domain.model.risk import RiskSignals
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted


class RecordRiskSignals(Command):
    """Change the signals; one that is None stays as it is. Quotes that were made before keep their points.

    reason: why, sealed with the customer's key. Only staff flag an order.
    """

    score: Annotated[int, Field(ge=0, le=100)] | None = None
    address_mismatch: bool | None = None
    flagged: bool | None = None
    reason: Annotated[str, Field(max_length=12_000)] = ""

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if self.flagged is None or self.actor.role in STAFF:
            return []
        return [Violation(code=Reason.ROLE_TOO_LOW, details={"needed": ", ".join(sorted(STAFF))})]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        stated = self.model_dump(include={*RiskSignals.model_fields}, exclude_none=True)
        changed = state.risk_signals.model_copy(update=stated)
        repeated = changed == state.risk_signals
        if not repeated:
            state.risk_signals = changed
            facts = {name: int(value) for name, value in stated.items()}
            state.audit(
                now,
                self.actor,
                "risk_signals_recorded",
                state.order.order,
                override_reason=self.reason,
                **facts,
            )
        return accepted(state.order.order).model_copy(update={"repeated": repeated})
