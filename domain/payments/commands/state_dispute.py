"""Command: a person states a dispute, or what became of one, where the provider does not report it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain import payment_keys
from domain.clock import Instant
from domain.model.command import Command
from domain.model.dispute import Dispute, DisputeState, DisputeStatement
from domain.model.override import SealedReason
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.disputes.rules import find_dispute
from domain.payments.disputes.statements import MAX_DISPUTES, take_in
from domain.reasons import CommandResult, Reason, Violation, accepted


class StateDispute(Command):
    """State a dispute by its tender and the bank's or provider's number of it, or one that is known by its id.

    dispute: our id; empty for one that is stated by tender and reference.
    amount: what is asked back; of a known one the amount stays where it is left out.
    note: why, in the person's words, sealed.
    """

    dispute: Annotated[str, Field(max_length=64)] = ""
    tender_id: Annotated[str, Field(max_length=255)] = ""
    reference: Annotated[str, Field(max_length=255)] = ""
    amount: Money | None = None
    fee: Money | None = None
    state: DisputeState
    reason: Annotated[str, Field(max_length=200)] = ""
    respond_by: Instant | None = None
    note: SealedReason

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        known = self._known(state)
        tender = state.order.tender(self.tender_id if not self.dispute else known.tender_id if known else "")
        found: list[Violation] = []
        if self.dispute and known is None:
            return [Violation(code=Reason.DISPUTE_UNKNOWN, details={"dispute": self.dispute})]
        if not self.dispute and (tender is None or not tender.captured):
            return [Violation(code=Reason.TENDER_UNKNOWN, details={"tender_id": self.tender_id})]
        if known is None and len(state.disputes) >= MAX_DISPUTES:
            found.append(Violation(code=Reason.TOO_MANY_DISPUTES, details={"most": MAX_DISPUTES}))
        amount = self.amount or (known.amount if known else None)
        if amount is None or (self.amount and self.amount.currency != state.order.currency):
            found.append(Violation(code=Reason.CURRENCY_DIFFERS, details={"currency": state.order.currency}))
        return found

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        dispute = self._known(state) or self._open(state, now)
        newest, amount = dispute.newest, self.amount or dispute.amount
        assert amount is not None, "it was validated"
        statement = DisputeStatement(
            amount=amount,
            fee=self.fee,
            state=self.state,
            reason=self.reason or (newest.reason if newest else ""),
            respond_by=self.respond_by or (newest.respond_by if newest else None),
            at=now,
        )
        state.audit(now, self.actor, "state_dispute", dispute.dispute, override_reason=self.note)
        take_in(state, dispute, statement, self.actor, now)
        return accepted(dispute.dispute)

    def _known(self, state: JourneyState) -> Dispute | None:
        return find_dispute(state, self.dispute or self._id(state))

    def _id(self, state: JourneyState) -> str:
        return payment_keys.dispute(_holder(state, self.tender_id), self.reference)

    def _open(self, state: JourneyState, now: datetime) -> Dispute:
        tender = state.order.tender(self.tender_id)
        assert tender is not None, "it was validated"
        dispute = Dispute(
            dispute=self._id(state),
            provider=_holder(state, self.tender_id),
            reference=self.reference,
            payment=tender.payment or "",
            tender_id=self.tender_id,
            opened_at=now,
        )
        state.disputes = [*state.disputes, dispute]
        return dispute


def _holder(state: JourneyState, tender_id: str) -> str:
    tender = state.order.tender(tender_id)
    return (tender.provider or "") if tender else ""
