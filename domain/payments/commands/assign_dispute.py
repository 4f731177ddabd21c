"""Command: a person says for which units a bank has paid, after a dispute about a part of a payment was lost."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.dispute import Dispute
from domain.model.leg import Leg
from domain.model.override import SealedReason
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.payments.disputes.losses import assign, open_units, waiting_legs
from domain.payments.disputes.rules import find_dispute
from domain.payments.disputes.statements import book
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.units import UnitsByLine


class AssignDispute(Command):
    """The bank has paid for these units, instead of these payments; neither, where it has paid for nothing in particular.

    lines: units that nothing has settled. payments: keys of payments that wait.
    """

    dispute: Annotated[str, Field(max_length=64)]
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    payments: Annotated[tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=50)] = ()
    note: SealedReason

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        dispute = find_dispute(state, self.dispute)
        if dispute is None:
            return [Violation(code=Reason.DISPUTE_UNKNOWN, details={"dispute": self.dispute})]
        if not dispute.unassigned or dispute.amount is None:
            return [Violation(code=Reason.NOTHING_TO_ASSIGN, details={"dispute": self.dispute})]
        if dispute.amount.currency != state.order.currency:
            return [Violation(code=Reason.CURRENCY_DIFFERS, details={"currency": state.order.currency})]
        free = {} if dispute.of_claim else open_units(state)
        found = [
            Violation(
                code=Reason.UNITS_UNAVAILABLE,
                details={"line": line, "requested": count, "available": len(free.get(line, []))},
            )
            for line, count in self._wanted().items()
            if count > len(free.get(line, []))
        ]
        known = {leg.key for leg in self._waiting(state, dispute)}
        return found + [
            Violation(code=Reason.NOTHING_TO_OVERRIDE, details={"leg": key})
            for key in self.payments
            if key not in known
        ]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        dispute = find_dispute(state, self.dispute)
        assert dispute is not None, "it was validated"
        free = open_units(state)
        units: UnitsByLine = {line: free[line][:count] for line, count in self._wanted().items()}
        instead = [leg for leg in self._waiting(state, dispute) if leg.key in self.payments]
        state.audit(now, self.actor, "assign_dispute", dispute.dispute, override_reason=self.note)
        assign(state, dispute, instead, units, now, self.actor)
        book(state, dispute)
        return accepted(dispute.dispute)

    def _waiting(self, state: JourneyState, dispute: Dispute) -> list[Leg]:
        return waiting_legs(state, dispute)

    def _wanted(self) -> dict[str, int]:
        wanted: dict[str, int] = {}
        for line in self.lines:
            wanted[line.line_id] = wanted.get(line.line_id, 0) + line.quantity
        return wanted
