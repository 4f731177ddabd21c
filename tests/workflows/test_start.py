"""How a journey begins: from the state that was placed, without an activity, whatever comes between placing and start."""

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import EventType

from domain.model.promise import Promise
from domain.model.scan import ParcelStatus
from domain.orders.commands.cancel_order import CancelOrder
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED, a_scan
from tests.workflows.journey_harness import JourneyHarness

FAR = Promise(at=PLACED + timedelta(days=40))


async def test_a_journey_begins_with_four_events_and_no_activity(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-begun")
    live = await harness.journeys.query(journey.merchant, journey.id)
    assert (live.seq, live.stage, live.as_of) == (1, "placed", PLACED)
    assert len((await journey.history()).events) == 4
    assert await journey.events(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 0
    assert (await journey.ship()).verdict == "accepted"
    assert harness.snapshots.loads[journey.id] == 0
    assert (await journey.state()).seq == 2


async def test_of_many_starts_of_one_order_one_run_begins(harness: JourneyHarness) -> None:
    journey = await harness.store_order("shop-started-often")
    given = [journey.start() for _ in range(4)]
    loaded = [harness.journeys.start(journey.merchant, journey.id) for _ in range(4)]
    await asyncio.gather(*given, *loaded)
    assert (await journey.ship()).verdict == "accepted"
    assert await journey.runs() == 1


async def test_a_command_and_a_scan_that_come_before_the_start_are_not_lost(harness: JourneyHarness) -> None:
    journey = await harness.store_order("shop-early-scan", promise=FAR)
    await journey.ship()
    scan = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=5))
    await journey.send_scans(scan)
    await journey.start()
    state = await journey.until(lambda state: bool(state.parcels and state.parcels[0].scans))
    assert state.parcels[0].scans == [scan]
    assert (await journey.execute(CancelOrder, "late")).verdict == "refused"
    assert await journey.runs() == 1
    assert harness.snapshots.answers[f"{journey.id} superseded"] == 0


async def test_a_clock_that_moved_between_placing_and_start_wakes_what_is_due(
    harness: JourneyHarness,
) -> None:
    journey = await harness.store_order("shop-clock-due")
    await journey.advance_clock(days=4)  # a delay is due on the way
    state = await journey.state()
    assert len(state.delay_notices) == 1
    await journey.start()
    assert (await journey.ship()).verdict == "accepted"
    assert await journey.runs() == 1
    assert (await journey.state()).clock == PLACED + timedelta(days=4)


async def test_a_run_that_was_given_an_older_clock_takes_the_one_of_what_comes(
    harness: JourneyHarness,
) -> None:
    journey = await harness.store_order("shop-clock-quiet", promise=FAR)
    later = PLACED + timedelta(minutes=30)
    assert await harness.order_schedule.due(journey.merchant, later) == []
    await harness.clocks.set(journey.merchant, later)
    await journey.start()
    await journey.ship()
    state = await journey.state()
    assert state.clock == later
    assert state.parcels[0].registered_at == later
    assert harness.snapshots.loads[journey.id] == 0
    await journey.advance_clock(days=5)
    assert len((await journey.state()).delay_notices) >= 1, "it goes on from deadline to deadline"


async def test_an_order_that_has_ended_is_not_begun_again_with_the_state_that_was_placed(
    harness: JourneyHarness,
) -> None:
    journey = await harness.store_order("shop-ended-early")
    await journey.execute(CancelOrder, "cancel")
    await journey.until(lambda state: state.at_rest)
    await journey.until_closed()
    before = await journey.state()
    await journey.start()
    assert await journey.runs() == 1
    await harness.journeys.start(journey.merchant, journey.id)
    await journey.until_closed()
    assert await journey.state() == before


async def test_a_run_whose_given_state_is_old_loads_what_is_written(harness: JourneyHarness) -> None:
    journey = await harness.store_order("shop-old-state", promise=FAR)
    state = await journey.state()
    state.base, state.seq, state.window_extension = state.seq, state.seq + 6, 3
    assert (
        await SnapshotStore(harness.db).commit(state) == "committed"
    )  # by a run that nothing is known of any more
    await journey.start()
    assert (await journey.ship()).verdict == "accepted"
    written = await journey.state()
    assert (written.seq, written.window_extension, len(written.parcels)) == (state.seq + 1, 3, 1)
    assert harness.snapshots.loads[journey.id] == 1
