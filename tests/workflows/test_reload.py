"""A journey that loses a commit race loads what the other run wrote; commands and events that come meanwhile are not lost."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from domain.journey.external_events import ClockAdvanced
from domain.model.command import Command
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.reasons import Reason
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.open_return import OpenReturn
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED, a_scan
from tests.workflows.journey_harness import SHOP, JourneyDriver, JourneyHarness, until
from tests.workflows.lifecycles import accepted_updates, delivered, opened, quoted


@pytest.mark.scenario("S-97")
async def test_a_clock_that_moves_while_a_journey_reloads_has_moved_for_it(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-reloading")
    await journey.ship()
    gate, loading = asyncio.Event(), asyncio.Event()
    harness.snapshots.gates[journey.id], harness.snapshots.loading[journey.id] = gate, loading
    scan = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=5))
    await journey.send_scans(scan)
    await journey.until_commit_blocked()
    state = await journey.state()
    state.base, state.seq = state.seq, state.seq + 6
    assert await SnapshotStore(harness.db).commit(state) == "committed"  # another run, as after a split brain
    gate.set()

    async def reloading() -> bool:
        return f"load {journey.id}" in harness.snapshots.blocked

    await until(reloading)
    later = PLACED + timedelta(hours=7)
    await harness.clocks.set(journey.merchant, later)
    await harness.journeys.signal(journey.merchant, journey.id, ClockAdvanced(now=later))
    loading.set()
    await journey.until(lambda state: scan in state.parcels[0].scans)
    assert (await harness.journeys.query(journey.merchant, journey.id)).as_of == later


async def rival_commit(journey: JourneyDriver, change: Command) -> JourneyState:
    """Another run of the same order, as after a split brain: it executes the command and commits first."""
    state = await journey.state()
    now = await journey.now()
    assert now is not None
    state.base, state.seq = state.seq, state.seq + 6
    answer = change.execute(state, now)
    state.record_result(change.command_id, answer.model_copy(update={"seq": state.seq}))
    assert await SnapshotStore(journey.harness.db).commit(state) == "committed"
    return state


@pytest.mark.scenario("S-97")
async def test_a_journey_that_lost_a_commit_race_reloads_validates_again_and_applies_again(
    harness: JourneyHarness,
) -> None:
    journey = await harness.place("shop-overtaken")
    await delivered(journey)
    quote = await quoted(journey, "1", 2)
    gate = harness.snapshots.gates[journey.id] = asyncio.Event()
    taken = asyncio.create_task(opened(journey, "mine", quote))
    after = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(days=1, hours=5))
    await journey.send_scans(after)
    await until(lambda: accepted_updates(journey, 2))
    other = OpenReturn(
        command_id="theirs", actor=SHOP, now=await journey.now(), return_id="ret_theirs", number="R-theirs",
        code_hash="hash theirs", quote=quote, resolution="refund",
    )  # fmt: skip
    await rival_commit(journey, other)
    gate.set()
    answer = await taken
    assert answer.verdict == "refused"
    assert Reason.UNITS_UNAVAILABLE in [reason.code for reason in answer.reasons]
    state = await journey.until(lambda state: after in state.parcels[0].scans)
    assert [case.return_id for case in state.returns] == ["ret_theirs"]
    assert harness.snapshots.answers[f"{journey.id} superseded"] >= 1
    # the other run's changes are loaded
    cancelled_theirs = await journey.execute(CancelReturn, "cancel theirs", return_id="ret_theirs")
    assert cancelled_theirs.verdict == "accepted"


@pytest.mark.scenario("S-97")
async def test_a_command_that_is_still_right_after_a_reload_happens_once(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-still-right")
    await delivered(journey)
    lamp, mug = await quoted(journey, "2"), await quoted(journey, "1")
    gate = harness.snapshots.gates[journey.id] = asyncio.Event()
    taken = asyncio.create_task(opened(journey, "mine", mug))
    await until(lambda: accepted_updates(journey, 2))
    other = OpenReturn(
        command_id="theirs", actor=SHOP, now=await journey.now(), return_id="ret_theirs", number="R-theirs",
        code_hash="hash theirs", quote=lamp.model_copy(update={"shares": ()}), resolution="refund",
    )  # fmt: skip
    rival_state = await rival_commit(journey, other)
    gate.set()
    answer = await taken
    assert answer.verdict == "accepted"
    assert answer.seq > rival_state.seq
    state = await journey.state()
    assert Counter(case.return_id for case in state.returns) == {"ret_theirs": 1, "ret_mine": 1}
    assert await journey.harness.snapshots.load(journey.merchant, journey.id) == state
