"""Scheduled actions: a wait cannot be written without its end, an owner and a default (NEW-10)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import Instant
from domain.model.actions import Action, Change
from domain.model.attention import AttentionDefault, AttentionItem, AttentionKind, Owner
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
    item: AttentionItem

    def apply(self, state: JourneyState, now: datetime) -> None:
        """Open it with its full time to answer, also when what raised it became known late."""
        deadline = now + (self.item.deadline - self.item.opened_at)
        state.open_attention(self.item.model_copy(update={"opened_at": now, "deadline": deadline}))
        state.audit(now, SYSTEM, "attention_opened", self.item.id)


def scheduled_question(
    state: JourneyState,
    kind: AttentionKind,
    subject: str,
    owner: Owner,
    default: AttentionDefault,
    since: datetime,
    action: type[OpenQuestion] = OpenQuestion,
) -> ScheduledAction:
    """Ask a person from `since` on; after the terms' answer time the default happens."""
    deadline = since + timedelta(days=state.terms.policy.attention_days)
    item = AttentionItem(
        kind=kind, subject=subject, owner=owner, opened_at=since, deadline=deadline, default=default
    )
    return ScheduledAction(at=since, owner="system", action=action(item=item), reason=kind)
