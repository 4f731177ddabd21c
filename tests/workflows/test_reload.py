"""A journey that was overtaken loads what the other run wrote; what it hears meanwhile is not lost."""

import asyncio
from datetime import timedelta

import pytest

from domain.facts import ClockAdvanced
from domain.parcels import ParcelStatus
from store.records import SnapshotStore
from tests.builders import PLACED, a_scan
from tests.workflows.world import JourneyHarness, until


@pytest.mark.scenario("S-97")
async def test_a_clock_that_moves_while_a_journey_reloads_has_moved_for_it(world: JourneyHarness) -> None:
    story = await world.place("shop-reloading")
    await story.ship()
    gate, loading = asyncio.Event(), asyncio.Event()
    world.snapshots.gates[story.id], world.snapshots.loading[story.id] = gate, loading
    scan = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=5))
    await story.send_scans(scan)
    await story.until_commit_blocked()
    state = await story.state()
    state.base, state.seq = state.seq, state.seq + 6
    assert await SnapshotStore(world.db).commit(state) == "committed"  # another run, as after a split brain
    gate.set()

    async def reloading() -> bool:
        return f"load {story.id}" in world.snapshots.blocked

    await until(reloading)
    later = PLACED + timedelta(hours=7)
    await world.clocks.set(story.merchant, later)
    await world.journeys.signal(story.merchant, story.id, ClockAdvanced(now=later))
    loading.set()
    await story.until(lambda state: scan in state.parcels[0].scans)
    assert (await world.journeys.query(story.merchant, story.id)).as_of == later
