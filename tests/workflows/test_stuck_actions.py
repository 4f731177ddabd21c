"""An action that stays due, through a defect, is parked: the journey goes on, and its loop waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import pytest

from domain.journey import agenda
from domain.model.actions import Action, Change, Effect, EffectRunner
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from tests.builders import PLACED
from tests.workflows.journey_harness import JourneyHarness


class StartNothing(Effect):
    """An effect whose start changes nothing: without a guard the loop would never wait again."""

    kind: ClassVar = "start_nothing"

    def start(self, runner: EffectRunner) -> None: ...


class ChangeNothing(Change):
    """A change that changes nothing: without a guard the journey would commit for ever."""

    kind: ClassVar = "change_nothing"

    def apply(self, state: JourneyState, now: object) -> None: ...


@pytest.mark.parametrize("action", [StartNothing(), ChangeNothing()], ids=lambda action: str(action.kind))
async def test_a_journey_with_a_stuck_action_takes_commands_and_waits(
    harness: JourneyHarness, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    def always_due(state: JourneyState) -> Iterator[ScheduledAction]:
        yield ScheduledAction(at=PLACED, owner="system", action=action, reason="defect")

    monkeypatch.setitem(agenda.RULES, 2, (*agenda.RULES[1], always_due))
    monkeypatch.setattr(agenda, "LATEST", 2)
    journey = await harness.place(f"shop-{action.kind.replace('_', '-')}")
    state = await journey.until(lambda state: state.has_open("action_stuck"))
    (item,) = state.attention
    assert (item.subject, item.default) == (action.kind, "retry")
    await journey.ship()
    await journey.until(lambda state: bool(state.parcels))
    await journey.advance_clock(days=item.deadline.day - PLACED.day)
    later = await journey.until(lambda state: state.has_open("action_stuck") and state.attention[0] != item)
    assert later.attention[0].deadline == item.deadline + timedelta(days=3), "it was tried again, and parked"
