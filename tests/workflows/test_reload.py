"""A journey that lost a commit race loads what the other run wrote; events that come meanwhile are not lost."""

import asyncio
from datetime import timedelta

import pytest

from domain.journey.external_events import ClockAdvanced
from domain.model.scan import ParcelStatus
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED, a_scan
from tests.workflows.journey_harness import JourneyHarness, until


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
