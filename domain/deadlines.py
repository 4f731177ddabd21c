"""Deadlines: a wait cannot be written without its end, an owner and a default (NEW-10)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain.attention import Attention, Default, Kind, Owner
from domain.base import Fact
from domain.clock import Instant
from domain.deeds import Ask, Deed
from domain.journey import JourneyState


class Deadline(Fact):
    """At `at` the journey does `default` by itself; until then `owner` may act. `why` is for `explain`."""

    at: Instant
    owner: Owner
    default: Deed
    why: str


Rule = Callable[[JourneyState], Iterator[Deadline]]


def question(
    state: JourneyState, kind: Kind, subject: str, owner: Owner, default: Default, since: datetime
) -> Deadline:
    """Ask a person from `since` on; after the terms' answer time the default happens."""
    deadline = since + timedelta(days=state.terms.policy.answer_days)
    item = Attention(kind=kind, subject=subject, owner=owner, since=since, deadline=deadline, default=default)
    return Deadline(at=since, owner="system", default=Ask(question=item), why=kind)
