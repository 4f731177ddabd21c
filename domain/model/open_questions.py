"""Questions that are open in a journey."""

from datetime import datetime
from typing import Unpack

from domain.actors import SYSTEM
from domain.model.attention import PARCEL_QUESTIONS, AttentionItem, AttentionKind, GivenTerms
from domain.model.question import DefaultSetting
from domain.model.questions import QUESTIONS
from domain.model.unit_places import UnitPlaces
from domain.units import units_in


class OpenQuestions(UnitPlaces):
    """Opens and closes questions for people. The table of kinds is `QUESTIONS`."""

    def open_question(
        self, kind: AttentionKind, subject: str, now: datetime, **given: Unpack[GivenTerms]
    ) -> AttentionItem:
        """Open a question, by its row in the table; it replaces an open one of the same kind and subject.

        given: the terms that the table leaves open for this kind, or that differ from it.
        """
        question, policy = QUESTIONS[kind], self.terms.policy
        default = (
            question.default.of(policy) if isinstance(question.default, DefaultSetting) else question.default
        )
        item = AttentionItem.model_validate(
            {
                "kind": kind,
                "subject": subject,
                "owner": question.owner,
                "opened_at": now,
                "deadline": question.time and now + question.time.of(policy),
                "default": default,
                **given,
            }
        )
        self.settle_question(kind, subject)
        self.attention = [*self.attention, item]
        if question.audited:
            self.audit(now, SYSTEM, "attention_opened", item.id)
        return item

    def keep_overdue(self, before: AttentionItem) -> None:
        """A question that is asked again is open, and overdue, since it was asked first."""
        self.attention = [
            item.model_copy(update={"opened_at": before.opened_at, "overdue_since": before.due})
            if (item.kind, item.subject) == (before.kind, before.subject)
            else item
            for item in self.attention
        ]

    def open_item(self, kind: AttentionKind, subject: str) -> AttentionItem | None:
        """The open question of that kind about that subject; None when there is none."""
        return next((item for item in self.attention if item.kind == kind and item.subject == subject), None)

    def has_open(self, kind: AttentionKind, subject: str = "") -> bool:
        """Whether such a question is open, about that subject or about any."""
        return any(item.kind == kind and subject in ("", item.subject) for item in self.attention)

    def settle_question(self, kind: AttentionKind, subject: str) -> None:
        """Close the question, if it is open."""
        self.attention = [item for item in self.attention if (item.kind, item.subject) != (kind, subject)]

    def settle_questions_about(self, parcel_id: str) -> None:
        """Close every question about where the parcel is."""
        for kind in PARCEL_QUESTIONS:
            self.settle_question(kind, parcel_id)

    def settle_questions_about_shipping(self) -> None:
        """Close questions that only make sense while units wait to be packed: consents to wait, and resends."""
        left = units_in([self.unshipped()])
        if not left:
            self.attention = [item for item in self.attention if item.kind != "consent"]
        for parcel in self.parcels:
            if parcel.resent and left.isdisjoint(units_in([parcel.units])):
                self.settle_question("resend", parcel.parcel_id)
