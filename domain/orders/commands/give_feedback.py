"""Command: the customer answers how it went, or adds a comment to an answer."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.model.command import Command
from domain.model.feedback import SCORES, FeedbackAnswer, Survey
from domain.model.state import JourneyState
from domain.orders.feedback import answer_of, moments
from domain.reasons import CommandResult, Reason, Violation, accepted

SealedComment = Annotated[str, Field(max_length=12_000)]


class GiveFeedback(Command):
    """A score is given once. A comment may come with it or afterwards, once; an answer without one stays.

    subject: the return that it is about; empty for the order. score: None for a comment alone. comment: sealed.
    """

    survey: Survey
    subject: Annotated[str, Field(max_length=64)] = ""
    score: int | None = None
    comment: SealedComment = ""

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        details: dict[str, str | int] = {"survey": self.survey, "subject": self.subject}
        given = answer_of(state, self.survey, self.subject)
        known = any((one.survey, one.subject) == (self.survey, self.subject) for one in moments(state))
        scored = self.score in SCORES[self.survey] and known and given is None
        added = self.score is None and bool(self.comment) and given is not None and not given.comment
        return [] if scored or added else [Violation(code=Reason.NOTHING_TO_CHOOSE, details=details)]

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        given = answer_of(state, self.survey, self.subject)
        if given is None:
            assert self.score is not None
            given = FeedbackAnswer(survey=self.survey, subject=self.subject, score=self.score, at=now)
            state.feedback = [*state.feedback, given]
        given.comment = self.comment
        subject = self.subject or state.order.order
        text = {"text": self.comment} if self.comment else {}
        state.audit(now, self.actor, "feedback_given", subject, survey=self.survey, score=given.score, **text)
        if given.bad:
            state.open_question("bad_feedback", subject, now)
        return accepted(subject)
