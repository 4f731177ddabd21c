"""Scheduled actions: a wait cannot be written without its end, an owner and a default (NEW-10)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

from domain.base import Frozen
from domain.clock import Instant
from domain.model.actions import Action, Change
from domain.model.attention import AttentionKind, Owner
from domain.model.state import JourneyState


class ScheduledAction(Frozen):
    """A wait. At `at` the journey performs `action` by itself; until then `owner` may act. `reason` is shown by `explain`."""

    at: Instant
    owner: Owner
    action: Action
    reason: str


AgendaRule = Callable[[JourneyState], Iterator[ScheduledAction]]


class OpenQuestion(Change):
    """Open a question for a person. If it is not answered in time, its default happens."""

    kind: ClassVar = "open_question"
    question: AttentionKind
    subject: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        """Open it with its full time to answer, also when what raised it became known late."""
        state.open_question(self.question, self.subject, now)


def scheduled_question(question: OpenQuestion, since: datetime) -> ScheduledAction:
    """The question is opened at `since`."""
    return ScheduledAction(at=since, owner="system", action=question, reason=question.question)
