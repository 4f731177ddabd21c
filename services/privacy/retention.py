"""How long each kind of data about persons is kept. What is over is deleted every hour."""

from datetime import timedelta
from typing import Final, Literal

from domain.base import Frozen
from store.inbox.inbox import DEAD_LETTER_RETENTION

KEPT: Final = timedelta(days=60)  # raw messages and kept answers: longer than any sender repeats them
Retained = Literal["messages", "dead_messages", "answers", "webhook_events", "persons"]


class RetentionRule(Frozen):
    """How long one kind of data is kept."""

    kind: Retained
    """`messages`: bodies of messages of storefronts, carriers and providers that were applied; `dead_messages`: of those that
    could not be; `answers`: for repeated requests; `webhook_events`: events for receivers; `persons`: names and addresses."""
    days: int | None
    """Days after which it is deleted; null: until the person is erased."""


class RetentionRules(Frozen):
    """What is deleted by age."""

    items: tuple[RetentionRule, ...]
    """Each kind of data."""


def retention_rules() -> RetentionRules:
    """The rules in force."""
    days: dict[Retained, int | None] = {
        "messages": KEPT.days,
        "dead_messages": DEAD_LETTER_RETENTION.days,
        "answers": KEPT.days,
        "webhook_events": KEPT.days,
        "persons": None,
    }
    return RetentionRules(items=tuple(RetentionRule(kind=kind, days=count) for kind, count in days.items()))
