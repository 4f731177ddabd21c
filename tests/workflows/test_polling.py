"""Parcels are polled at their carriers: on a sandbox clock by actions of the agenda, in real time by one retried activity."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import EventType

from domain.model.delay_terms import DelayTerms
from domain.model.estimate import Estimate
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus, Scan
from domain.model.terms import Policy
from domain.orders.commands.cancel_order import CancelOrder
from tests.builders import PLACED
from tests.patience import PATIENCE
from tests.workflows.fake_tracker import UNAVAILABLE
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, a_scan, until
from tests.workflows.test_real_time import TimeSkipper, time_skipper  # noqa: F401 - the server whose time is skipped

FAR = Promise(at=PLACED + timedelta(days=40))


async def shipped_and_polled(harness: JourneyHarness, name: str, **words: object) -> JourneyDriver:
    journey = await harness.store_order(name, polled=True, **words)
    await journey.start()
    await journey.ship()
    return journey


async def test_on_a_sandbox_clock_each_poll_has_its_full_hour_and_a_delivery_ends_polling(
    harness: JourneyHarness,
) -> None:
    # TRK-8
    journey = await shipped_and_polled(harness, "shop-look", promise=FAR)
    at = PLACED + timedelta(hours=20)
    harness.tracker.scans["shop-look"] = [
        a_scan(ParcelStatus.PICKED_UP, at),
        a_scan(ParcelStatus.OUT_FOR_DELIVERY, at + timedelta(hours=30)),
        a_scan(ParcelStatus.DELIVERED, at + timedelta(hours=33, minutes=20)),
    ]
    await journey.advance_clock(days=4)
    parcel = (await journey.state()).parcels[0]
    assert [scan.status for scan in parcel.scans] == ["picked_up", "out_for_delivery", "delivered"]
    assert parcel.delivered_at == at + timedelta(hours=33, minutes=20)
    times = harness.tracker.times["shop-look"]
    assert [(time.minute, time.second) for time in times] == [(0, 0)] * len(times)
    assert times[-1] - parcel.delivered_at <= timedelta(hours=1), (
        "out for delivery it is looked at every hour"
    )
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) <= timedelta(hours=8)
    assert parcel.polling_state.poll_count == len(times)
    audit = [line for line in await journey.audit() if "parcel_scanned" in line]
    assert len(audit) == 3


async def test_a_merchant_without_an_account_is_never_polled(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-blind")
    await journey.ship()
    await journey.advance_clock(days=3)
    assert harness.tracker.polls["shop-blind"] == 0
    assert not (await journey.state()).polling


async def test_an_account_that_is_gone_ends_polling(harness: JourneyHarness) -> None:
    journey = await shipped_and_polled(harness, "shop-gone", promise=FAR)
    await journey.advance_clock(days=1)
    before = harness.tracker.polls["shop-gone"]
    assert before > 0
    assert await harness.carrier_accounts.remove("shop-gone")
    await journey.advance_clock(days=2)
    assert harness.tracker.polls["shop-gone"] == before
    assert not (await journey.state()).polling


async def test_a_tracker_that_does_not_answer_is_polled_again_without_waiting_in_real_time(
    harness: JourneyHarness,
) -> None:
    journey = await shipped_and_polled(harness, "shop-away", promise=FAR)
    harness.tracker.replies["shop-away"] = UNAVAILABLE
    async with asyncio.timeout(PATIENCE):
        await journey.advance_clock(days=1)
    assert harness.tracker.polls["shop-away"] >= 3
    harness.tracker.scans["shop-away"] = [a_scan(ParcelStatus.PICKED_UP, PLACED + timedelta(hours=2))]
    del harness.tracker.replies["shop-away"]
    await journey.advance_clock(hours=12)
    assert (await journey.state()).parcels[0].tracking.status is ParcelStatus.PICKED_UP


async def test_an_estimate_that_is_repeated_at_every_poll_is_news_once(harness: JourneyHarness) -> None:
    journey = await shipped_and_polled(harness, "shop-alike", promise=FAR)
    day = (PLACED + timedelta(days=5)).date()
    for hours in (1, 20, 40):
        told_at = PLACED + timedelta(hours=hours)
        harness.tracker.estimates["shop-alike"] = Estimate(reported_at=told_at, day=day)
        await journey.advance_clock(hours=18)
    estimate = (await journey.state()).parcels[0].estimate
    assert estimate == Estimate(reported_at=PLACED + timedelta(hours=1), day=day)


async def test_a_cancelled_order_is_polled_no_more_and_rests(harness: JourneyHarness) -> None:
    journey = await shipped_and_polled(harness, "shop-off", promise=FAR)
    await journey.execute(CancelOrder, "cancel")
    await journey.until_closed()
    assert harness.tracker.polls["shop-off"] == 0


async def polling_activities(journey: JourneyDriver) -> int:
    """How many polling activities the latest run has started."""
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await journey.history()).events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    return scheduled.count("poll_until_update")


async def test_a_journey_continues_as_new_and_rests_while_polling_runs(harness: JourneyHarness) -> None:
    journey = await shipped_and_polled(harness, "shop-rolls", sandbox=False)
    await until(lambda: began(journey, 1))
    await journey.continue_as_new()
    await journey.until_run(2)
    await until(lambda: began(journey, 1))
    await journey.execute(CancelOrder, "cancel")
    await journey.until_closed()


async def began(journey: JourneyDriver, count: int) -> bool:
    return await polling_activities(journey) >= count


async def test_a_delivery_by_webhook_cancels_polling(harness: JourneyHarness) -> None:
    journey = await shipped_and_polled(harness, "shop-webhook", sandbox=False)
    await until(lambda: began(journey, 1))
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, datetime.now(UTC)))
    await journey.until(lambda state: state.delivered == "all")
    cancelled = EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED

    async def polling_ended() -> bool:
        return await journey.events(cancelled) == 1

    await until(polling_ended)
    assert await polling_activities(journey) == 1
    assert harness.tracker.polls["shop-webhook"] == 0


async def polled_for_long(time_skipper: TimeSkipper, name: str) -> JourneyDriver:  # noqa: F811
    now = await time_skipper.now()
    journey = await time_skipper.journeys.store_order(
        name,
        sandbox=False,
        polled=True,
        placed_at=now,
        promise=Promise(at=now + timedelta(days=60)),
        policy=Policy(delays=DelayTerms(first_scan=None, no_movement_days=None)),
    )
    await journey.start()
    await journey.ship()
    return journey


async def test_thirty_polls_are_one_step_of_the_history(time_skipper: TimeSkipper) -> None:  # noqa: F811
    # TRK-8
    journey = await polled_for_long(time_skipper, "shop-thirty")
    tracker = time_skipper.journeys.tracker
    await time_skipper.sleep(hours=8)
    await until(lambda: known(journey))
    before = len((await journey.history()).events)
    await time_skipper.sleep(days=22)
    polls = tracker.polls["shop-thirty"]
    assert polls >= 30
    scan = Scan(key="k", at=await time_skipper.now(), status=ParcelStatus.PICKED_UP)
    tracker.scans["shop-thirty"] = [scan]
    await time_skipper.sleep(days=2)
    state = await journey.until(lambda state: state.parcels[0].scans == [scan])
    assert state.parcels[0].tracking.status is ParcelStatus.PICKED_UP
    added = len((await journey.history()).events) - before
    assert added <= 14, "the polls, their news, its commit, and the next polling activity"
    times = tracker.times["shop-thirty"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert timedelta(hours=5) < gaps[0] < timedelta(hours=7), "at first it may be picked up any hour"
    assert timedelta(hours=21) < gaps[polls - 2] < timedelta(hours=27), "after a week of silence once a day"
    assert len({gap // timedelta(minutes=1) for gap in gaps}) > 5, "and never all at the same minute"


async def known(journey: JourneyDriver) -> bool:
    """The first poll has found a tracker without scans, and that is committed."""
    polling_state = (await journey.state()).parcels[0].polling_state
    return polling_state.found_before
