"""What a line about a payment is about: the sum, where it went, who decided it, and by what the provider names it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.actors import Role
from domain.base import Frozen
from domain.model.leg import Leg
from domain.model.order import TenderKind
from domain.model.payment import PaidTo
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money
from services.key_names import Doer, doer_of
from store.tables.all import AuditRow

_DECISIONS = frozenset({
    "accept_goods", "approve", "cancel", "change_resolution", "confirm_paid", "consent_answered", "end_exchange",
    "external_refund", "mark_lost", "order_cancelled", "paid_by_hand", "refund_chosen", "refund_requested", "release",
    "question_closed", "reopen", "retry_step", "return_opened", "units_removed",
})  # fmt: skip
_CLOSINGS_THAT_PAY = frozenset(
    {"hold", "not_received", "presumed_lost", "resend", "returned_to_sender", "review"}
)
"""Questions whose closing pays what they are about. The line of a closing names its question, by kind and subject."""

_COMMANDS: Mapping[str, frozenset[str]] = {
    "order_cancelled": frozenset({"cancel", "cancel_order"}),
    "refund_requested": frozenset({"resolve_lost_parcel"}),
    "question_closed": frozenset({"close_question"}),
    "units_removed": frozenset({"remove_units"}),
    "return_opened": frozenset({"open_return"}),
    "refund_chosen": frozenset({"choose_refund"}),
    "consent_answered": frozenset({"respond_to_delay_consent"}),
}
"""By an action, the commands that it comes from, where they have other names."""


class PaymentFact(Frozen):
    """A payment to the customer, as a line of the timeline reports it."""

    amount: Money
    """What is paid back, with what is added to it."""
    to: PaidTo
    """Where the money goes."""
    tender: TenderKind | None
    """What the customer had paid with; null where it is none of the order's payments."""
    tender_id: str
    """The shop's own id of that payment; empty where there is none."""
    reference: str
    """The provider's id of the payment back; empty while there is none."""
    decision: str
    """The action by which it was decided; empty where only the shop's rules decided."""
    decided_by: Doer | None
    """Who did that; null where only the shop's rules decided."""
    approved_by: Doer | None
    """The second person, where it was above the limit of the first one."""


@dataclass(frozen=True)
class PaymentFacts:
    """Finds them for one order. lines: its audit, the oldest first."""

    state: JourneyState
    lines: Sequence[AuditRow]

    def of(self, subject: str, names: Mapping[str, str]) -> PaymentFact | None:
        """By the key of the payment, or by an occasion that has only one; None for anything else. names: of users and keys."""
        found = self._leg(subject)
        if found is None:
            return None
        settlement, leg = found
        tender = self.state.order.tender(leg.tender_id)
        decision = self._decision(settlement, leg)
        second = self._second(decision) if decision is not None else None
        return PaymentFact(
            amount=leg.principal + leg.bonus,
            to=leg.to,
            tender=tender.kind if tender else None,
            tender_id=leg.tender_id if tender else "",
            reference=leg.reference,
            decision=decision.action if decision else "",
            decided_by=doer_of(decision.role, decision.name, names) if decision else None,
            approved_by=doer_of(second.role, second.name, names) if second else None,
        )

    def people(self) -> set[str]:
        """The ids of all who may have decided."""
        return {line.name for line in self.lines if line.role != Role.SYSTEM}

    def _leg(self, subject: str) -> tuple[Settlement, Leg] | None:
        for settlement in self.state.settlements:
            if settlement.occasion == subject and len(settlement.legs) == 1:
                return settlement, settlement.legs[0]
            for leg in settlement.legs:
                if subject in leg.all_keys:
                    return settlement, leg
        return None

    def _decision(self, settlement: Settlement, leg: Leg) -> AuditRow | None:
        """The last thing that a person did about it before it was paid."""
        about = {settlement.return_id, *settlement.occasion.split("/"), *leg.all_keys}
        until = leg.settled_at
        for line in reversed(self.lines):
            fits = line.action in _DECISIONS and _subject(line) in about and line.role != Role.SYSTEM
            if fits and (until is None or line.at <= until):
                return line
        return None

    def _second(self, decision: AuditRow) -> AuditRow | None:
        """Who approved exactly that command of that person."""
        for line in reversed(self.lines):
            if line.action != "approval_approved" or line.at > decision.at:
                continue
            facts = json.loads(line.details)
            commands = _COMMANDS.get(decision.action, {decision.action})
            same = facts.get("command") in commands and facts.get("requested_by") == decision.name
            if same and facts.get("about") in ("", _subject(decision)):
                return line
        return None


def _subject(line: AuditRow) -> str:
    """What a decision is about; of a closing, what its question is about, where closing it pays."""
    if line.action != "question_closed":
        return line.subject
    kind, _, subject = line.subject.partition("/")
    return subject if kind in _CLOSINGS_THAT_PAY else ""
