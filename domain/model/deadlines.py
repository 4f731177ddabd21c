"""Deadlines: a wait cannot be written without its end, an owner and a default (NEW-10)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain.base import Frozen
from domain.clock import Instant
from domain.model.actions import Action, OpenQuestion
from domain.model.attention import AttentionDefault, AttentionItem, AttentionKind, Owner
from domain.model.state import JourneyState


class ScheduledAction(Frozen):
    """At `at` the journey does `default` by itself; until then `owner` may act. `why` is for `explain`."""

    at: Instant
    owner: Owner
    action: Action
    reason: str


AgendaRule = Callable[[JourneyState], Iterator[ScheduledAction]]


def scheduled_question(
    state: JourneyState,
    kind: AttentionKind,
    subject: str,
    owner: Owner,
    default: AttentionDefault,
    since: datetime,
) -> ScheduledAction:
    """Ask a person from `since` on; after the terms' answer time the default happens."""
    deadline = since + timedelta(days=state.terms.policy.attention_days)
    item = AttentionItem(
        kind=kind, subject=subject, owner=owner, opened_at=since, deadline=deadline, default=default
    )
    return ScheduledAction(at=since, owner="system", action=OpenQuestion(item=item), reason=kind)
