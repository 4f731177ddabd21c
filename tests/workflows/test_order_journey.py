"""The journey under concurrency: races, repetitions, reloads and rest."""

import asyncio
import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.journey.external_events import ClockAdvanced
from domain.model.delay_terms import DelayTerms
from domain.model.estimate import Estimate
from domain.model.override import OrderOverrideRequest
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.reasons import CommandResult, Reason
from domain.returns.commands.drop_off import DropOffGoods
from tests.builders import AGENT, PLACED
from tests.patience import PATIENCE
from tests.workflows.journey_harness import (
    SHOP,
    JourneyDriver,
    JourneyHarness,
    a_scan,
    content,
    until,
)
from tests.workflows.lifecycles import accepted_updates, delivered, dropped_off, money, opened, quoted


async def note(journey: JourneyDriver, name: str) -> CommandResult:
    request = OrderOverrideRequest(override="note", reason=name)
    return await journey.execute(OverrideOrder, name, actor=AGENT, request=request)


async def cancelled(journey: JourneyDriver) -> None:
    """Cancelled, refunded and at rest."""
    await journey.execute(CancelOrder, "cancel")
    await journey.until(lambda state: state.at_rest)
    await journey.until_closed()


@pytest.mark.scenario("S-95")
async def test_a_command_to_a_finished_journey_is_answered(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-finished")
    await cancelled(journey)
    before = await journey.state()
    async with asyncio.timeout(PATIENCE):
        answer = await journey.ship()
    assert [reason.code for reason in answer.reasons] == [Reason.ORDER_CANCELLED]
    again = await journey.execute(CancelOrder, "cancel")
    assert again == journey.answers[0]
    await journey.until_closed()
    assert await journey.state() == before
    assert sum(journey.paid().values()) == 5800


@pytest.mark.scenario("S-95")
async def test_a_finished_journey_wakes_for_an_agent_and_pays(harness: JourneyHarness) -> None:
    journey = await harness.place("shop-woken")
    await delivered(journey)
    await journey.advance_clock(days=60)
    await journey.until_closed()
    assert (await journey.state()).stage == "closed"
    quote = await quoted(journey, "1")
    assert (await opened(journey, "late", quote)).verdict == "refused"
    late = await opened(journey, "kind", quote, actor=AGENT, reason="they were ill")
    assert late.verdict == "accepted"
    await dropped_off(journey, "kind")
    await journey.until(lambda state: money(state, "kind") == "paid")
    assert journey.paid() == dict.fromkeys(journey.paid(), 200)
    assert len(journey.paid()) == 1


@pytest.mark.scenario("S-96")
async def test_a_journey_does_not_finish_while_a_command_is_being_executed(harness: JourneyHarness) -> None:
    """The command comes while the last commit of a journey is being written."""
    journey = await harness.place("shop-last-word")
    payment = journey.order.tenders[1].payment
    assert payment is not None
    harness.provider.gates[payment] = asyncio.Event()
    await journey.execute(CancelOrder, "cancel")
    await journey.until(lambda state: [leg.status for leg in state.legs()].count("settled") == 1)
    gate = harness.snapshots.gates[journey.id] = asyncio.Event()
    harness.provider.gates[payment].set()
    await journey.until_commit_blocked()  # with that commit the order is refunded and at rest
    commits = harness.snapshots.commits[journey.id]
    late = [asyncio.create_task(note(journey, f"note {number}")) for number in range(3)]
    await until(lambda: accepted_updates(journey, 4))
    gate.set()
    answers = await asyncio.gather(*late)
    await journey.until_closed()
    assert {answer.verdict for answer in answers} == {"accepted"}
    assert sum(" noted" in line or "note" in line for line in await journey.audit()) == 3
    assert harness.snapshots.commits[journey.id] > commits
    accepted = await journey.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
    completed = await journey.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
    assert accepted == completed == 4


@pytest.mark.scenario("S-97")
@pytest.mark.parametrize("number", range(6))
async def test_a_scan_at_the_bar_races_the_end_of_its_code_and_one_of_them_wins(
    harness: JourneyHarness, number: int
) -> None:
    journey = await harness.place(f"shop-race-{number}")
    await delivered(journey)
    await opened(journey, "one", await quoted(journey, "1"))
    await journey.advance_clock(days=13)
    scan = DropOffGoods(
        command_id="drop",
        actor=SHOP,
        now=await journey.now(),
        return_id="ret_one",
        location_id="bar",
        nonce="n",
    )
    ends = (await journey.state()).returns[0].code_expires_at
    await harness.clocks.set(journey.merchant, ends)
    tell = harness.journeys.signal(journey.merchant, journey.id, ClockAdvanced(now=ends))
    race = [tell, journey.send(scan)] if number % 2 else [journey.send(scan), tell]
    await asyncio.gather(*race)
    await journey.settled(ends)
    state = await journey.state()
    if journey.answers[-1].verdict == "accepted":
        assert (state.returns[0].decision, money(state, "one")) == ("authorized", "paid")
        assert sum(journey.paid().values()) == 200
    else:
        assert [reason.code for reason in journey.answers[-1].reasons] == [Reason.CODE_EXPIRED]
        assert (state.returns[0].decision, money(state, "one")) == ("expired", "none")
        assert journey.paid() == {}
        assert any("return_expired" in key for key in await journey.notices())


@pytest.mark.scenario("S-98")
async def test_the_same_command_at_once_and_again_has_one_effect_and_one_answer(
    harness: JourneyHarness,
) -> None:
    journey = await harness.place("shop-same")
    await delivered(journey)
    quote = await quoted(journey, "1")
    answers = await asyncio.gather(*(opened(journey, "one", quote) for _ in range(6)))
    answers.append(await opened(journey, "one", quote))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert answers[0].verdict == "accepted"
    drops = await asyncio.gather(*(dropped_off(journey, "one") for _ in range(6)))
    assert len({answer.model_dump_json() for answer in drops}) == 1
    state = await journey.until(lambda state: money(state, "one") == "paid")
    assert len(state.returns) == 1
    assert harness.provider.calls[f"{journey.merchant}/{next(iter(journey.paid()))}"] == 1
    assert sum("return_opened" in line for line in await journey.audit()) == 1


@pytest.mark.scenario("S-101")
async def test_scans_in_any_order_come_to_the_same_state(harness: JourneyHarness) -> None:
    start = PLACED + timedelta(hours=20)
    statuses = [
        ParcelStatus.PRE_TRANSIT, ParcelStatus.PICKED_UP, ParcelStatus.IN_TRANSIT, ParcelStatus.EXCEPTION,
        ParcelStatus.IN_TRANSIT, ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.ATTEMPT_FAILED,
        ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.DELIVERED, ParcelStatus.UNKNOWN,
    ]  # fmt: skip
    scans = [a_scan(status, start + timedelta(hours=place)) for place, status in enumerate(statuses)]
    guesses = [Estimate(reported_at=scan.at, at=scan.at + timedelta(days=1)) for scan in scans]
    parcels = []
    for seed in (None, 1, 2, 3, 4):
        journey = await harness.place(f"shop-order-{seed}", promise=Promise(day=date(2026, 3, 20)))
        await journey.advance_clock(days=2)
        await journey.ship()
        messages = [*zip(scans, guesses, strict=True)]
        if seed is not None:
            random.Random(seed).shuffle(messages)
        for scan, guess in messages:
            await journey.send_scans(scan, estimate=guess)
        state = await journey.until(
            lambda state: (
                len(state.parcels[0].scans) == len(scans) and len(state.corrected) == len(state.delay_notices)
            )
        )
        parcels.append(content(state)["parcels"])
        assert state.stage == "delivered"
        # The failed attempt is notified only where it was the latest scan when a commit looked: by then the parcel had
        # been delivered, as every scan is older than the sandbox clock, so that notice is always taken back.
        kinds = [key.split("/")[-2] for key in await journey.notices()]
        assert kinds in ([], ["attempt_failed", "delay_corrected"])
    assert all(parcel == parcels[0] for parcel in parcels), "arrival order matters"


async def test_a_timer_is_kept_while_its_deadline_stays_and_replaced_when_it_moves(
    harness: JourneyHarness,
) -> None:
    told_once = Policy(delays=DelayTerms(max_next_updates=0))
    journey = await harness.place("shop-kept", sandbox=False, policy=told_once)
    await until(lambda: has_timers(journey, 1))
    for number in range(5):
        await note(journey, f"note {number}")
    assert await journey.timers() == 1
    await journey.ship()
    await until(lambda: has_timers(journey, 2))
    cancelled = await journey.events(EventType.EVENT_TYPE_TIMER_CANCELED)
    assert cancelled == 1


async def has_timers(journey: JourneyDriver, count: int) -> bool:
    return await journey.timers() == count


def _scanned(state: JourneyState, count: int) -> bool:
    return len(state.parcels[0].scans) == count


async def test_the_longest_planned_lifecycle_fits_into_its_history(
    harness: JourneyHarness, record_property: Callable[[str, object], None]
) -> None:
    """Six scans, one return, one refund, three mails: how many events one run needs. The goal is 140."""
    journey = await harness.place("shop-budget")
    await journey.advance_clock(days=2)
    await journey.ship()
    for hours, status in enumerate([ParcelStatus.PICKED_UP, *[ParcelStatus.IN_TRANSIT] * 3], start=25):
        await journey.send_scans(a_scan(status, PLACED + timedelta(hours=hours)))
        await journey.until(partial(_scanned, count=hours - 24))
    late = Estimate(reported_at=PLACED + timedelta(hours=29), at=PLACED + timedelta(days=7))
    scan = a_scan(ParcelStatus.OUT_FOR_DELIVERY, PLACED + timedelta(hours=29))
    await journey.send_scans(scan, estimate=late)
    await journey.until(lambda state: len(state.delay_notices) == 1)
    await journey.advance_clock(days=4)
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=6)))
    await journey.until(lambda state: state.delivered == "all")
    await opened(journey, "one", await quoted(journey, "1"))
    await dropped_off(journey, "one")
    await journey.until(lambda state: money(state, "one") == "paid")
    assert len((await journey.state()).parcels[0].scans) == 6
    assert len(await journey.notices()) == 3
    events = len((await journey.history()).events)
    record_property("history_events", events)
    assert await journey.runs() == 1
    assert events <= 150


async def test_an_update_that_is_no_command_is_rejected_and_the_journey_goes_on(
    harness: JourneyHarness,
) -> None:
    journey = await harness.place("shop-no-command")
    with pytest.raises(WorkflowUpdateFailedError) as failure:
        await journey.handle.execute_update("paint_parcel", {"command_id": "paint"}, id="paint")
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.type == "UnknownCommand"
    with pytest.raises(WorkflowUpdateFailedError):
        await journey.handle.execute_update("cancel_order", {"command_id": "unread"}, id="unread")
    assert await accepted_updates(journey, 0)
    assert (await journey.execute(CancelOrder, "cancel")).verdict == "accepted"
