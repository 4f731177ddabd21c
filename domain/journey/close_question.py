"""Command: a person closes an open question, with a reason that is recorded."""

from datetime import datetime

from domain.actors import STAFF, Role
from domain.journey.attention import CLOSINGS
from domain.model.attention import AttentionItem, AttentionKind
from domain.model.command import Command
from domain.model.override import SealedReason
from domain.model.questions import QUESTIONS
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted

OWNING_ROLES = {Role.FINANCE: "finance", Role.WAREHOUSE: "warehouse"}
"""Roles besides staff, and whose questions they may close."""


class CloseQuestion(Command):
    """Close a question that needs no answer, or that no answer fits: what its row calls `closing` happens.

    reason: the person's reason, sealed; it is kept forever.
    """

    question: AttentionKind
    subject: str
    reason: SealedReason

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        item = state.open_item(self.question, self.subject)
        details: dict[str, str | int] = {"kind": self.question, "subject": self.subject}
        if item is None:
            return [Violation(code=Reason.QUESTION_UNKNOWN, details=details)]
        row = QUESTIONS[self.question]
        if not row.closing:
            details["answers"] = ", ".join(row.answers)
            return [Violation(code=Reason.QUESTION_NEEDS_ANSWER, details=details)]
        return self._role_violations(item)

    def _role_violations(self, item: AttentionItem) -> list[Violation]:
        role = self.actor.role
        if role in STAFF or OWNING_ROLES.get(role) == item.owner:
            return []
        return [Violation(code=Reason.ROLE_TOO_LOW, details={"owner": item.owner, "needed": "agent"})]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        item = state.open_item(self.question, self.subject)
        assert item is not None
        state.settle_question(item.kind, item.subject)
        state.audit(now, self.actor, "question_closed", item.id, override_reason=self.reason)
        CLOSINGS[item.kind](state, item, now)
        return accepted(item.id)
