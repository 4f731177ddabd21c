"""The journey among its callers: races, repetitions, reloads and rest."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from temporalio.api.enums.v1 import EventType

from domain.commands.base import Command
from domain.commands.cancel_order import CancelOrder
from domain.commands.cancel_return import CancelReturn
from domain.commands.drop_off import DropOffGoods
from domain.commands.open_return import OpenReturn
from domain.commands.override_order import OverrideOrder
from domain.facts import ClockAdvanced
from domain.journey import JourneyState
from domain.overrides import OrderOverrideRequest
from domain.parcels import Estimate, ParcelStatus
from domain.promises import Promise
from domain.reasons import CommandResult, Reason
from domain.terms import DelayTerms, Policy
from store.records import SnapshotStore
from tests.builders import AGENT, PLACED
from tests.workflows.lives import delivered, dropped_off, money, opened, quoted
from tests.workflows.world import SHOP, JourneyDriver, JourneyHarness, a_scan, content, until


async def note(story: JourneyDriver, name: str) -> CommandResult:
    ask = OrderOverrideRequest(override="note", reason=name)
    return await story.execute(OverrideOrder, name, actor=AGENT, ask=ask)


async def cancelled(story: JourneyDriver) -> None:
    """Called off, paid back and at rest."""
    await story.execute(CancelOrder, "cancel")
    await story.until(lambda state: state.at_rest)
    await story.until_closed()


@pytest.mark.scenario("S-95")
async def test_a_command_to_a_finished_journey_is_answered(world: JourneyHarness) -> None:
    story = await world.place("shop-finished")
    await cancelled(story)
    before = await story.state()
    async with asyncio.timeout(5):
        answer = await story.ship()
    assert [one.code for one in answer.reasons] == [Reason.ORDER_CANCELLED]
    again = await story.execute(CancelOrder, "cancel")
    assert again == story.answers[0]
    await story.until_closed()
    assert await story.state() == before
    assert sum(story.paid().values()) == 5800


@pytest.mark.scenario("S-95")
async def test_a_finished_journey_wakes_for_an_agent_and_pays(world: JourneyHarness) -> None:
    story = await world.place("shop-woken")
    await delivered(story)
    await story.advance_clock(days=60)
    await story.until_closed()
    assert (await story.state()).stage == "closed"
    quote = await quoted(story, "1")
    assert (await opened(story, "late", quote)).verdict == "refused"
    late = await opened(story, "kind", quote, actor=AGENT, reason="they were ill")
    assert late.verdict == "accepted"
    await dropped_off(story, "kind")
    await story.until(lambda state: money(state, "kind") == "paid")
    assert story.paid() == dict.fromkeys(story.paid(), 200)
    assert len(story.paid()) == 1


@pytest.mark.scenario("S-96")
async def test_it_does_not_finish_while_a_command_is_being_executed(world: JourneyHarness) -> None:
    """The command comes while the last commit of a life is being written."""
    story = await world.place("shop-last-word")
    payment = story.order.tenders[1].payment
    assert payment is not None
    world.provider.gates[payment] = asyncio.Event()
    await story.execute(CancelOrder, "cancel")
    await story.until(lambda state: [leg.status for leg in state.legs()].count("settled") == 1)
    gate = world.snapshots.gates[story.id] = asyncio.Event()
    world.provider.gates[payment].set()
    await story.until_commit_blocked()  # with that commit the order is paid back and at rest
    commits = world.snapshots.commits[story.id]
    late = [asyncio.create_task(note(story, f"note {number}")) for number in range(3)]
    await until(lambda: accepted_updates(story, 5))
    gate.set()
    answers = await asyncio.gather(*late)
    await story.until_closed()
    assert {answer.verdict for answer in answers} == {"accepted"}
    assert sum(" noted" in line or "note" in line for line in await story.audit()) == 3
    assert world.snapshots.commits[story.id] > commits
    accepted = await story.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
    completed = await story.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
    assert accepted == completed == 5


async def accepted_updates(story: JourneyDriver, count: int) -> bool:
    return await story.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED) == count


@pytest.mark.scenario("S-97")
@pytest.mark.parametrize("number", range(6))
async def test_a_scan_at_the_bar_races_the_end_of_its_code_and_one_of_them_wins(
    world: JourneyHarness, number: int
) -> None:
    story = await world.place(f"shop-race-{number}")
    await delivered(story)
    await opened(story, "one", await quoted(story, "1"))
    await story.advance_clock(days=13)
    scan = DropOffGoods(
        command_id="drop", actor=SHOP, now=await story.now(), return_id="ret_one", location_id="bar", nonce="n"
    )
    ends = (await story.state()).returns[0].code_expires_at
    await world.clocks.set(story.merchant, ends)
    tell = world.journeys.signal(story.merchant, story.id, ClockAdvanced(now=ends))
    race = [tell, story.send(scan)] if number % 2 else [story.send(scan), tell]
    await asyncio.gather(*race)
    await story.settled(ends)
    state = await story.state()
    if story.answers[-1].verdict == "accepted":
        assert (state.returns[0].decision, money(state, "one")) == ("authorized", "paid")
        assert sum(story.paid().values()) == 200
    else:
        assert [one.code for one in story.answers[-1].reasons] == [Reason.CODE_EXPIRED]
        assert (state.returns[0].decision, money(state, "one")) == ("expired", "none")
        assert story.paid() == {}
        assert any("return_expired" in key for key in await story.notices())


@pytest.mark.scenario("S-98")
async def test_the_same_command_at_once_and_again_has_one_effect_and_one_answer(world: JourneyHarness) -> None:
    story = await world.place("shop-same")
    await delivered(story)
    quote = await quoted(story, "1")
    answers = await asyncio.gather(*(opened(story, "one", quote) for _ in range(6)))
    answers.append(await opened(story, "one", quote))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert answers[0].verdict == "accepted"
    drops = await asyncio.gather(*(dropped_off(story, "one") for _ in range(6)))
    assert len({answer.model_dump_json() for answer in drops}) == 1
    state = await story.until(lambda state: money(state, "one") == "paid")
    assert len(state.returns) == 1
    assert world.provider.calls[f"{story.merchant}/{next(iter(story.paid()))}"] == 1
    assert sum("return_opened" in line for line in await story.audit()) == 1


@pytest.mark.scenario("S-101")
async def test_scans_in_any_order_come_to_the_same_state(world: JourneyHarness) -> None:
    start = PLACED + timedelta(hours=20)
    statuses = [
        ParcelStatus.PRE_TRANSIT, ParcelStatus.PICKED_UP, ParcelStatus.IN_TRANSIT, ParcelStatus.EXCEPTION,
        ParcelStatus.IN_TRANSIT, ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.ATTEMPT_FAILED,
        ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.DELIVERED, ParcelStatus.UNKNOWN,
    ]  # fmt: skip
    scans = [a_scan(status, start + timedelta(hours=place)) for place, status in enumerate(statuses)]
    guesses = [Estimate(reported_at=scan.at, at=scan.at + timedelta(days=1)) for scan in scans]
    told = []
    for seed in (None, 1, 2, 3, 4):
        story = await world.place(f"shop-order-{seed}", promise=Promise(day=date(2026, 3, 20)))
        await story.advance_clock(days=2)
        await story.ship()
        messages = [*zip(scans, guesses, strict=True)]
        if seed is not None:
            random.Random(seed).shuffle(messages)
        for scan, guess in messages:
            await story.send_scans(scan, estimate=guess)
        state = await story.until(lambda state: len(state.parcels[0].scans) == len(scans))
        told.append(content(state)["parcels"])
        assert state.stage == "delivered"
        failed = {key for key in await story.notices() if "/attempt_failed/" in key}
        assert set(await story.notices()) == failed, "heard while it was the last word"
    assert all(one == told[0] for one in told), "arrival order matters"


async def stranger_writes(story: JourneyDriver, change: Command) -> JourneyState:
    """Another run of the same order, as after a split brain: it carries that out and writes first."""
    state = await story.state()
    now = await story.now()
    assert now is not None
    state.base, state.seq = state.seq, state.seq + 6
    answer = change.execute(state, now)
    state.record_result(change.command_id, answer.model_copy(update={"seq": state.seq}))
    assert await SnapshotStore(story.harness.db).commit(state) == "committed"
    return state


@pytest.mark.scenario("S-97")
async def test_a_journey_that_lost_a_commit_race_reloads_validates_again_and_applies_again(world: JourneyHarness) -> None:
    story = await world.place("shop-overtaken")
    await delivered(story)
    quote = await quoted(story, "1", 2)
    gate = world.snapshots.gates[story.id] = asyncio.Event()
    taken = asyncio.create_task(opened(story, "mine", quote))
    after = a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(days=1, hours=5))
    await story.send_scans(after)
    await until(lambda: accepted_updates(story, 3))
    other = OpenReturn(
        command_id="theirs", actor=SHOP, now=await story.now(), return_id="ret_theirs", number="R-theirs",
        code_hash="hash theirs", quote=quote, resolution="refund",
    )  # fmt: skip
    await stranger_writes(story, other)
    gate.set()
    answer = await taken
    assert answer.verdict == "refused"
    assert Reason.UNITS_UNAVAILABLE in [one.code for one in answer.reasons]
    state = await story.until(lambda state: after in state.parcels[0].scans)
    assert [case.return_id for case in state.returns] == ["ret_theirs"]
    assert world.snapshots.answers[f"{story.id} superseded"] >= 1
    # what only the other run knew is known now
    cancelled_theirs = await story.execute(CancelReturn, "cancel theirs", return_id="ret_theirs")
    assert cancelled_theirs.verdict == "accepted"


@pytest.mark.scenario("S-97")
async def test_a_command_that_is_still_right_after_a_reload_happens_once(world: JourneyHarness) -> None:
    story = await world.place("shop-still-right")
    await delivered(story)
    lamp, mug = await quoted(story, "2"), await quoted(story, "1")
    gate = world.snapshots.gates[story.id] = asyncio.Event()
    taken = asyncio.create_task(opened(story, "mine", mug))
    await until(lambda: accepted_updates(story, 3))
    other = OpenReturn(
        command_id="theirs", actor=SHOP, now=await story.now(), return_id="ret_theirs", number="R-theirs",
        code_hash="hash theirs", quote=lamp.model_copy(update={"shares": ()}), resolution="refund",
    )  # fmt: skip
    theirs = await stranger_writes(story, other)
    gate.set()
    answer = await taken
    assert answer.verdict == "accepted"
    assert answer.seq > theirs.seq
    state = await story.state()
    assert Counter(case.return_id for case in state.returns) == {"ret_theirs": 1, "ret_mine": 1}
    assert await story.harness.snapshots.load(story.merchant, story.id) == state


async def test_a_timer_is_kept_while_its_deadline_stays_and_replaced_when_it_moves(world: JourneyHarness) -> None:
    told_once = Policy(delays=DelayTerms(max_next_updates=0))
    story = await world.place("shop-kept", sandbox=False, policy=told_once)
    await until(lambda: has_timers(story, 1))
    for number in range(5):
        await note(story, f"note {number}")
    assert await story.timers() == 1
    await story.ship()
    await until(lambda: has_timers(story, 2))
    cancelled = await story.events(EventType.EVENT_TYPE_TIMER_CANCELED)
    assert cancelled == 1


async def has_timers(story: JourneyDriver, count: int) -> bool:
    return await story.timers() == count


def _scanned(state: JourneyState, count: int) -> bool:
    return len(state.parcels[0].scans) == count


async def test_a_budget_lifecycle_fits_its_history(
    world: JourneyHarness, record_property: Callable[[str, object], None]
) -> None:
    """Six scans, one return, one refund, three mails: how many events one run needs. The goal is 140."""
    story = await world.place("shop-budget")
    await story.advance_clock(days=2)
    await story.ship()
    for hours, status in enumerate([ParcelStatus.PICKED_UP, *[ParcelStatus.IN_TRANSIT] * 3], start=25):
        await story.send_scans(a_scan(status, PLACED + timedelta(hours=hours)))
        await story.until(partial(_scanned, count=hours - 24))
    late = Estimate(reported_at=PLACED + timedelta(hours=29), at=PLACED + timedelta(days=7))
    scan = a_scan(ParcelStatus.OUT_FOR_DELIVERY, PLACED + timedelta(hours=29))
    await story.send_scans(scan, estimate=late)
    await story.until(lambda state: len(state.delay_notices) == 1)
    await story.advance_clock(days=4)
    await story.send_scans(a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=6)))
    await story.until(lambda state: state.delivered == "all")
    await opened(story, "one", await quoted(story, "1"))
    await dropped_off(story, "one")
    await story.until(lambda state: money(state, "one") == "paid")
    assert len((await story.state()).parcels[0].scans) == 6
    assert len(await story.notices()) == 3
    events = len((await story.history()).events)
    record_property("history_events", events)
    assert await story.runs() == 1
    assert events <= 150
