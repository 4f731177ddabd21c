"""Parcels are looked up at their carriers: on a sandbox clock as deeds of the agenda, in real time as one retried step."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import EventType

from domain.commands.cancel_order import CancelOrder
from domain.parcels import Estimate, ParcelStatus, Scan
from domain.promises import Promise
from domain.terms import DelayTerms, Policy
from tests.builders import PLACED
from tests.workflows.test_real_time import TimeSkipper, years  # noqa: F401 - the server whose time is skipped
from tests.workflows.tower import UNAVAILABLE
from tests.workflows.world import JourneyDriver, JourneyHarness, a_scan, until

FAR = Promise(at=PLACED + timedelta(days=40))


async def on_its_way(world: JourneyHarness, name: str, **words: object) -> JourneyDriver:
    story = await world.store_order(name, polled=True, **words)
    await story.start()
    await story.ship()
    return story


async def test_on_a_sandbox_clock_each_poll_has_its_full_hour_and_a_delivery_ends_polling(world: JourneyHarness) -> None:
    # TRK-8
    story = await on_its_way(world, "shop-look", promise=FAR)
    at = PLACED + timedelta(hours=20)
    world.tracker.scans["shop-look"] = [
        a_scan(ParcelStatus.PICKED_UP, at),
        a_scan(ParcelStatus.OUT_FOR_DELIVERY, at + timedelta(hours=30)),
        a_scan(ParcelStatus.DELIVERED, at + timedelta(hours=33, minutes=20)),
    ]
    await story.advance_clock(days=4)
    parcel = (await story.state()).parcels[0]
    assert [scan.status for scan in parcel.scans] == ["picked_up", "out_for_delivery", "delivered"]
    assert parcel.delivered_at == at + timedelta(hours=33, minutes=20)
    times = world.tracker.times["shop-look"]
    assert [(one.minute, one.second) for one in times] == [(0, 0)] * len(times)
    assert times[-1] - parcel.delivered_at <= timedelta(hours=1), (
        "out for delivery it is looked at every hour"
    )
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) <= timedelta(hours=8)
    assert parcel.polling_state.poll_count == len(times)
    audit = [line for line in await story.audit() if "parcel_scanned" in line]
    assert len(audit) == 3


async def test_a_merchant_without_an_account_is_never_polled(world: JourneyHarness) -> None:
    story = await world.place("shop-blind")
    await story.ship()
    await story.advance_clock(days=3)
    assert world.tracker.polls["shop-blind"] == 0
    assert not (await story.state()).polling


async def test_an_account_that_is_gone_ends_polling(world: JourneyHarness) -> None:
    story = await on_its_way(world, "shop-gone", promise=FAR)
    await story.advance_clock(days=1)
    before = world.tracker.polls["shop-gone"]
    assert before > 0
    assert await world.carrier_accounts.remove("shop-gone")
    await story.advance_clock(days=2)
    assert world.tracker.polls["shop-gone"] == before
    assert not (await story.state()).polling


async def test_a_tracker_that_does_not_answer_is_polled_again_without_waiting_in_real_time(
    world: JourneyHarness,
) -> None:
    story = await on_its_way(world, "shop-away", promise=FAR)
    world.tracker.replies["shop-away"] = UNAVAILABLE
    async with asyncio.timeout(20):
        await story.advance_clock(days=1)
    assert world.tracker.polls["shop-away"] >= 3
    world.tracker.scans["shop-away"] = [a_scan(ParcelStatus.PICKED_UP, PLACED + timedelta(hours=2))]
    del world.tracker.replies["shop-away"]
    await story.advance_clock(hours=12)
    assert (await story.state()).parcels[0].tracking.status is ParcelStatus.PICKED_UP


async def test_an_estimate_that_is_repeated_at_every_poll_is_news_once(world: JourneyHarness) -> None:
    story = await on_its_way(world, "shop-alike", promise=FAR)
    day = (PLACED + timedelta(days=5)).date()
    for hours in (1, 20, 40):
        told_at = PLACED + timedelta(hours=hours)
        world.tracker.estimates["shop-alike"] = Estimate(reported_at=told_at, day=day)
        await story.advance_clock(hours=18)
    estimate = (await story.state()).parcels[0].estimate
    assert estimate == Estimate(reported_at=PLACED + timedelta(hours=1), day=day)


async def test_a_cancelled_order_is_polled_no_more_and_rests(world: JourneyHarness) -> None:
    story = await on_its_way(world, "shop-off", promise=FAR)
    await story.execute(CancelOrder, "cancel")
    await story.until_closed()
    assert world.tracker.polls["shop-off"] == 0


async def watches(story: JourneyDriver) -> int:
    """How many watches the latest run has begun."""
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await story.history()).events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    return scheduled.count("poll_until_update")


async def test_a_journey_continues_as_new_and_rests_while_polling_runs(world: JourneyHarness) -> None:
    story = await on_its_way(world, "shop-rolls", sandbox=False)
    await until(lambda: began(story, 1))
    await story.continue_as_new()
    await story.until_run(2)
    await until(lambda: began(story, 1))
    await story.execute(CancelOrder, "cancel")
    await story.until_closed()


async def began(story: JourneyDriver, count: int) -> bool:
    return await watches(story) >= count


async def test_a_delivery_by_webhook_cancels_polling(world: JourneyHarness) -> None:
    story = await on_its_way(world, "shop-told", sandbox=False)
    await until(lambda: began(story, 1))
    await story.send_scans(a_scan(ParcelStatus.DELIVERED, datetime.now(UTC)))
    await story.until(lambda state: state.delivered == "all")
    cancelled = EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED

    async def called_off() -> bool:
        return await story.events(cancelled) == 1

    await until(called_off)
    assert await watches(story) == 1
    assert world.tracker.polls["shop-told"] == 0


async def long_watched(years: TimeSkipper, name: str) -> JourneyDriver:  # noqa: F811
    now = await years.now()
    story = await years.harness.store_order(
        name,
        sandbox=False,
        polled=True,
        placed_at=now,
        promise=Promise(at=now + timedelta(days=60)),
        policy=Policy(delays=DelayTerms(first_scan=None, no_movement_days=None)),
    )
    await story.start()
    await story.ship()
    return story


async def test_thirty_polls_are_one_step_of_the_history(years: TimeSkipper) -> None:  # noqa: F811
    # TRK-8
    story = await long_watched(years, "shop-thirty")
    tower = years.harness.tracker
    await years.sleep(hours=8)
    await until(lambda: known(story))
    before = len((await story.history()).events)
    await years.sleep(days=22)
    looks = tower.polls["shop-thirty"]
    assert looks >= 30
    found = Scan(key="k", at=await years.now(), status=ParcelStatus.PICKED_UP)
    tower.scans["shop-thirty"] = [found]
    await years.sleep(days=2)
    state = await story.until(lambda state: state.parcels[0].scans == [found])
    assert state.parcels[0].tracking.status is ParcelStatus.PICKED_UP
    added = len((await story.history()).events) - before
    assert added <= 14, "the looks, their news, its commit, and the next watch"
    times = tower.times["shop-thirty"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert timedelta(hours=5) < gaps[0] < timedelta(hours=7), "at first it may be picked up any hour"
    assert timedelta(hours=21) < gaps[looks - 2] < timedelta(hours=27), "after a week of silence once a day"
    assert len({gap // timedelta(minutes=1) for gap in gaps}) > 5, "and never all at the same minute"


async def known(story: JourneyDriver) -> bool:
    """The first look has found a tracker that says nothing yet, and that is written down."""
    looks = (await story.state()).parcels[0].polling_state
    return looks.found_before
