"""Scheduled actions: a wait always has an end, an owner and a default (NEW-10)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

from domain.base import Frozen
from domain.clock import Instant
from domain.model.actions import Action, Change
from domain.model.attention import AttentionKind, Owner
from domain.model.state import JourneyState


class ScheduledAction(Frozen):
    """A wait. At `at` the journey performs `action` by itself; until then `owner` may act.

    reason: why the journey waits, as `explain` shows it.
    """

    at: Instant
    owner: Owner
    action: Action
    reason: str


AgendaRule = Callable[[JourneyState], Iterator[ScheduledAction]]


class OpenQuestion(Change):
    """The change that opens a question for a person. If the question has no answer in time, its default happens."""

    kind: ClassVar = "open_question"
    question: AttentionKind
    subject: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        """Open the question with its full time to answer, even if its cause became known late."""
        state.open_question(self.question, self.subject, now)


def scheduled_question(question: OpenQuestion, since: datetime) -> ScheduledAction:
    """The action that opens the question at `since`."""
    return ScheduledAction(at=since, owner="system", action=question, reason=question.question)
