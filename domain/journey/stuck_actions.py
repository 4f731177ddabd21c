"""Actions that stay due although they were performed: they are parked, so that no journey runs without an end.

An action is done once and is then no longer due. Where that fails, through a defect, the loop would perform it again and again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from domain import keys
from domain.model.actions import Action
from domain.model.state import JourneyState

MAX_ROUNDS = 20  # in which the same action may be performed within `WINDOW`
WINDOW = timedelta(minutes=10)


def action_key(action: Action) -> str:
    """The subject of the question about a stuck action."""
    return keys.action(action.kind, [str(value) for value in action.model_dump().values()])


def parked_actions(state: JourneyState) -> frozenset[str]:
    """The keys of actions that wait for a person instead of being performed."""
    return frozenset(item.subject for item in state.attention if item.kind == "action_stuck")


def park(state: JourneyState, action: Action, now: datetime) -> None:
    """Stop performing the action until its question is closed, for a day at least."""
    deadline = now + timedelta(days=max(1, state.terms.policy.attention_days))
    state.open_question("action_stuck", action_key(action), now, deadline=deadline)


class RepeatedActions:
    """How often each action was performed of late, in one run of a journey."""

    def __init__(self) -> None:
        self._rounds: dict[str, tuple[datetime, int]] = {}

    def stuck(self, performed: Sequence[Action], now: datetime) -> Iterator[Action]:
        """The actions of one round of the loop that have now been performed too often."""
        counts: dict[str, tuple[datetime, int]] = {}
        for action in performed:
            key = action_key(action)
            since, rounds = self._rounds.get(key, (now, 0))
            counts[key] = (since, rounds + 1) if now - since <= WINDOW else (now, 1)
            if counts[key][1] >= MAX_ROUNDS:
                del counts[key]
                yield action
        self._rounds = counts
