"""What follows from the history is written within its workflow task; a command is in the history before it is written."""

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from domain.model.scan import ParcelStatus
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, a_scan
from tests.workflows.lifecycles import delivered, dropped_off, money, opened, quoted
from workflows import activity_calls

ON_THE_WAY = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=5))
SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
IN_TASK = EventType.EVENT_TYPE_MARKER_RECORDED


async def shipped(harness: JourneyHarness, name: str) -> JourneyDriver:
    journey = await harness.place(name)
    await harness.journeys.query(journey.merchant, journey.id)  # its first task is done
    assert (await journey.ship()).verdict == "accepted"
    return journey


async def written_once(journey: JourneyDriver) -> bool:
    await journey.until(lambda state: len(state.parcels[0].scans) == 1)
    await journey.harness.journeys.wait_until_idle(journey.merchant, journey.id)
    return [line.split()[1] for line in await journey.audit()].count("parcel_scanned") == 1


async def test_a_scan_adds_five_events_and_a_command_eleven(harness: JourneyHarness) -> None:
    journey = await shipped(harness, "shop-five-events")
    assert len((await journey.history()).events) == 4 + 11
    assert (await journey.events(SCHEDULED), await journey.events(IN_TASK)) == (1, 0)
    await journey.send_scans(ON_THE_WAY)
    assert await written_once(journey)
    assert len((await journey.history()).events) == 4 + 11 + 5
    assert (await journey.events(SCHEDULED), await journey.events(IN_TASK)) == (1, 1)


async def test_a_payment_is_an_activity_and_its_result_is_written_in_its_task(
    harness: JourneyHarness,
) -> None:
    journey = await harness.place("shop-in-task-paid")
    await delivered(journey)
    await opened(journey, "one", await quoted(journey, "1"))
    await dropped_off(journey, "one")
    await journey.until(lambda state: money(state, "one") == "paid")
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await journey.history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert scheduled[:3] == ["commit"] * 3, "shipped, opened, dropped off"
    assert {*scheduled[3:]} == {"pay_leg"}


async def test_a_commit_that_was_written_and_not_answered_is_written_once(
    harness: JourneyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity_calls, "IN_TASK", timedelta(seconds=0.3))
    journey = await shipped(harness, "shop-unanswered")
    harness.snapshots.lost[journey.id] = 1
    await journey.send_scans(ON_THE_WAY)
    assert await written_once(journey)
    assert await journey.events(SCHEDULED) == 2, "it was written again by an activity"
    assert harness.snapshots.answers == {f"{journey.id} committed": 3} | harness.snapshots.answers


async def test_what_a_lost_task_wrote_is_loaded_and_nothing_of_it_happens_twice(
    harness: JourneyHarness,
) -> None:
    """Of two scans the first was written in a task whose end no history has. Both are in the task that is done instead."""
    journey = await shipped(harness, "shop-lost-task")
    later = a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(hours=9))
    lost = await journey.state()
    lost.base, lost.seq = lost.seq, lost.seq + 1
    assert lost.parcels[0].apply_update([ON_THE_WAY], None)
    assert await SnapshotStore(harness.db).commit(lost) == "committed"
    await journey.send_scans(ON_THE_WAY, later)
    state = await journey.until(lambda state: len(state.parcels[0].scans) == 2)
    assert state.seq == lost.seq + 1
    assert harness.snapshots.answers[f"{journey.id} superseded"] == 1
    assert [line.split()[1] for line in await journey.audit()].count("parcel_scanned") == 1


async def test_when_the_store_is_away_an_activity_writes_as_soon_as_it_is_back(
    harness: JourneyHarness,
) -> None:
    journey = await shipped(harness, "shop-store-away")
    harness.snapshots.away[journey.id] = 3
    await journey.send_scans(ON_THE_WAY)
    assert await written_once(journey)
    assert (await journey.events(SCHEDULED), await journey.events(IN_TASK)) == (2, 1)
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(hours=9)))
    await journey.until(lambda state: state.delivered == "all")
    assert await journey.events(SCHEDULED) == 2, "the next one is written in its task again"
