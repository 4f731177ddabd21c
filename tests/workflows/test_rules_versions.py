"""New rules reach a journey when it begins a new run, never during one: shown with a made-up second version."""

from collections.abc import Iterator

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from domain.delays.lead_time_trials import RecordLeadTimeTrial
from domain.journey import agenda
from domain.model.deadlines import AgendaRule, ScheduledAction
from domain.model.override import OrderOverrideRequest
from domain.model.promise import LeadTimeTrial
from domain.model.state import JourneyState
from domain.orders.closing import Close
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from runtime.processes.worker import RUNNER
from tests.builders import AGENT, PLACED
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness
from workflows.order_journey import OrderJourney

NOTE = OrderOverrideRequest(override="note", reason="they asked again")


def record_once(state: JourneyState) -> Iterator[ScheduledAction]:
    """Due at once, done once, and visible in the state."""
    if not state.lead_time_trials:
        risk = LeadTimeTrial(subject="made up", hours=1, reason="none", since=PLACED, due=PLACED)
        yield ScheduledAction(
            at=PLACED, owner="system", action=RecordLeadTimeTrial(trial=risk), reason="made_up"
        )


def close_at_once(state: JourneyState) -> Iterator[ScheduledAction]:
    """Closed at once: a replay under this rule would end where the history goes on."""
    if not state.closed_at:
        yield ScheduledAction(at=PLACED, owner="system", action=Close(), reason="made_up")


def publish(monkeypatch: pytest.MonkeyPatch, version: int, *rules: AgendaRule) -> None:
    """A deployment: the code has that version beside those before it."""
    monkeypatch.setitem(agenda.RULES, version, (*agenda.RULES[version - 1], *rules))
    monkeypatch.setattr(agenda, "LATEST", version)


def versions(state: JourneyState) -> tuple[int, int]:
    """The version of its rules, and how often the new rule did something."""
    return state.rules_version, len(state.lead_time_trials)


async def replays(journey: JourneyDriver) -> list[BaseException | None]:
    """The failure of replaying each run, or None, oldest first."""
    client = journey.harness.client
    runs = [run async for run in client.list_workflows(f"WorkflowId = '{journey.handle.id}'")]
    replayer = Replayer(
        workflows=[OrderJourney], workflow_runner=RUNNER, data_converter=pydantic_data_converter
    )
    failures: list[BaseException | None] = []
    for run in sorted(runs, key=lambda run: run.start_time):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        copy = WorkflowHistory.from_json(run.id, history.to_json())
        failures.append((await replayer.replay_workflow(copy, raise_on_replay_failure=False)).replay_failure)
    return failures


async def test_a_journey_keeps_its_rules_until_it_continues_as_new(
    harness: JourneyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = await harness.place("shop-rules")
    assert versions(await journey.state()) == (1, 0)
    publish(monkeypatch, 2, record_once)
    await journey.ship()
    assert versions(await journey.until(lambda state: bool(state.parcels))) == (1, 0)
    await journey.continue_as_new()
    state = await journey.until(lambda state: bool(state.lead_time_trials))
    assert versions(state) == (2, 1)
    publish(monkeypatch, 3, close_at_once)
    assert await replays(journey) == [None, None], "each run is replayed by the rules in its history"


async def test_an_order_that_rested_wakes_under_the_newest_rules(
    harness: JourneyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = await harness.place("shop-rested-rules")
    await journey.execute(CancelOrder, "cancel")
    await journey.until_closed()
    assert versions(await journey.state()) == (1, 0)
    publish(monkeypatch, 2, record_once)
    assert (await journey.execute(OverrideOrder, "note", actor=AGENT, request=NOTE)).verdict == "accepted"
    assert versions(await journey.until(lambda state: bool(state.lead_time_trials))) == (2, 1)
    await journey.until_closed()
    publish(monkeypatch, 3, close_at_once)
    assert await replays(journey) == [None, None]
