"""An action that stays due is parked: the journey goes on without it, and a person looks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import pytest

from domain.journey import agenda
from domain.journey.stuck_actions import MAX_ROUNDS, WINDOW, RepeatedActions, action_key, park
from domain.model.actions import Action, Change
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.payments.rules import PayLeg
from tests.builders import PLACED, a_state


class DoNothing(Change):
    """A change with a defect: it changes nothing, so it stays due."""

    kind: ClassVar = "do_nothing"
    subject: str

    def apply(self, state: JourneyState, now: object) -> None: ...


def always_due(state: JourneyState) -> Iterator[ScheduledAction]:
    action = DoNothing(subject="x")
    yield ScheduledAction(at=state.order.placed_at, owner="system", action=action, reason="defect")


def rounds_until_parked(actions: list[Action], gap: timedelta) -> int | None:
    repeated = RepeatedActions()
    for count in range(1, 3 * MAX_ROUNDS):
        if list(repeated.stuck(actions, PLACED + count * gap)):
            return count
    return None


def test_an_action_is_stuck_when_it_is_performed_again_and_again_in_a_short_time() -> None:
    leg = PayLeg(leg="return/r1/1/x/1")
    assert rounds_until_parked([leg], timedelta(0)) == MAX_ROUNDS
    assert rounds_until_parked([leg], WINDOW) is None, "a payment is looked up again after an hour"
    assert rounds_until_parked([], timedelta(0)) is None


def test_a_round_without_the_action_begins_a_new_count() -> None:
    repeated, leg = RepeatedActions(), PayLeg(leg="x")
    for number in range(3 * MAX_ROUNDS):
        assert not list(repeated.stuck([leg] if number % MAX_ROUNDS else [], PLACED))


def test_a_parked_action_is_not_due_until_its_question_has_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(agenda.RULES, agenda.LATEST, (always_due, *agenda.RULES[agenda.LATEST]))
    state = a_state()
    stuck = DoNothing(subject="x")
    assert stuck in agenda.changes_due(state, PLACED)
    park(state, stuck, PLACED)
    (item,) = state.attention
    assert (item.kind, item.subject, item.default) == ("action_stuck", action_key(stuck), "retry")
    assert agenda.is_idle(state, PLACED), "the loop waits"
    [default] = agenda.changes_due(state, item.deadline)
    default.apply(state, item.deadline)
    assert stuck in agenda.changes_due(state, item.deadline)
