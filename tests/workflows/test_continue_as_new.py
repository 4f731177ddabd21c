"""A journey may continue as new after any event, with the same outcome."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.model.order import Tender
from domain.model.quote import Quote
from domain.model.scan import ParcelStatus
from domain.reasons import CommandResult
from tests.builders import PLACED, an_order, gbp
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, a_scan, content, until
from tests.workflows.lifecycles import delivered, dropped_off, money, opened, quoted, whole_life

EVERY_COMMIT = {"limit.historyCount.suggestContinueAsNew": 1}


async def nothing() -> None:
    return


async def outcome(journey: JourneyDriver) -> dict[str, Any]:
    """Everything that came of a lifecycle."""
    legs = await journey.legs()
    return {
        "state": content(await journey.state()),
        "answers": [answer.model_dump(mode="json", exclude={"seq"}) for answer in journey.answers],
        "notices": await journey.notices(),
        "audit": sorted(
            await journey.audit()
        ),  # legs are paid in parallel: which one settles first is chance
        "paid": journey.paid(),
        "legs": [(leg.key, leg.purpose, leg.principal, leg.bonus, leg.status) for leg in legs],
    }


@pytest.mark.scenario("S-99")
async def test_a_lifecycle_cut_after_every_event_has_the_same_outcome(
    harness: JourneyHarness, tmp_path: Path, url: str
) -> None:
    uncut = await harness.store_order("shop-life")
    await whole_life(uncut, nothing)
    wanted = await outcome(uncut)
    async with JourneyHarness.open(tmp_path, url, EVERY_COMMIT) as rolling:
        cut = await rolling.store_order("shop-life")
        await whole_life(cut, cut.continue_as_new)
        actual = await outcome(cut)
        runs = await cut.runs()
    assert actual == wanted
    assert runs >= 10, "it was not cut (events that come at once share a commit, and so a run)"
    assert await uncut.runs() == 1
    # and the lifecycle had every step
    assert wanted["state"]["closed_at"] is not None
    assert Counter(answer["verdict"] for answer in wanted["answers"]) == {"accepted": 9, "refused": 1}
    assert sorted(wanted["paid"].values()) == [200]
    assert len(wanted["state"]["parcels"][0]["scans"]) == 3
    assert Counter(key.split("/")[-2] for key in wanted["notices"]) == {
        "estimate_after_promise": 1, "return_authorized": 3, "return_cancelled": 2, "refunded": 2, "credit_reversed": 1,
        "follow_up": 1,
    }  # fmt: skip


@pytest.mark.scenario("S-99")
async def test_a_command_sent_again_after_continue_as_new_gets_its_first_answer(
    tmp_path: Path, url: str
) -> None:
    async with JourneyHarness.open(tmp_path, url, EVERY_COMMIT) as rolling:
        journey = await rolling.place("shop-again")
        await delivered(journey)
        first = [
            await opened(journey, "one", quote := await quoted(journey, "1")),
            await dropped_off(journey, "one"),
        ]
        await journey.until(lambda state: money(state, "one") == "paid")
        runs = await journey.runs()
        before = await journey.state()
        again = [await opened(journey, "one", quote), await dropped_off(journey, "one")]
        assert again == first
        assert await journey.state() == before
        assert runs >= 3, "placing is no commit of a run"
        assert len(before.returns) == 1
        assert sorted(journey.paid().values()) == [200]


@pytest.mark.scenario("S-99")
async def test_a_long_history_is_left_behind_with_everything_that_it_led_to(
    harness: JourneyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.journey_input.LONG_HISTORY", 20)
    journey = await harness.place("shop-long")
    await journey.ship()
    for number in range(4):
        await journey.send_scans(a_scan(ParcelStatus.IN_TRANSIT, PLACED.replace(minute=number)))
        await journey.until(lambda state, wanted=number: len(state.parcels[0].scans) > wanted)  # type: ignore[misc]  # mypy infers no default of a lambda

    async def in_its_second_run() -> bool:
        return await journey.runs() == 2

    await until(in_its_second_run)
    assert len((await journey.history()).events) < 20
    assert len((await journey.state()).parcels[0].scans) == 4


@pytest.mark.scenario("S-99")
async def test_open_timers_survive_continue_as_new(harness: JourneyHarness) -> None:
    """In real time: the new run waits for the same instant as the old one."""
    journey = await harness.place("shop-timer", sandbox=False)
    await journey.until_run(1)
    first = await timer(journey)
    await journey.continue_as_new()
    await journey.until_run(2)
    assert await journey.timers() == 1
    assert abs(await timer(journey) - first) < 1.0


async def timer(journey: JourneyDriver) -> float:
    """When the timer of the latest run fires, in seconds since the epoch."""
    started = [
        event
        for event in (await journey.history()).events
        if event.HasField("timer_started_event_attributes")
    ]
    wait = started[-1].timer_started_event_attributes.start_to_fire_timeout
    return started[-1].event_time.ToNanoseconds() / 1e9 + wait.ToNanoseconds() / 1e9


@pytest.mark.scenario("S-31", "S-99")
async def test_of_fifty_parallel_returns_of_three_units_three_are_accepted_although_each_commit_ends_a_run(
    tmp_path: Path, url: str
) -> None:
    lines = (an_order().lines[0].model_copy(update={"quantity": 3}),)
    tenders = (Tender(tender_id="card", kind="card", amount=gbp(4000), payment="pay_50", provider="sandbox"),)
    async with JourneyHarness.open(tmp_path, url, EVERY_COMMIT) as rolling:
        journey = await rolling.place("shop-fifty", lines=lines, tenders=tenders)
        await delivered(journey)
        quote = await quoted(journey, "1")
        # Temporal accepts ten updates of one journey at a time; the API queues the others.
        gate = asyncio.Semaphore(8)

        async def open_one(number: int) -> CommandResult:
            async with gate:
                return await opened(journey, str(number), of_unit(quote, number % 3))

        answers = await asyncio.gather(*(open_one(number) for number in range(50)))
        state = await journey.state()
        runs = await journey.runs()
    assert Counter(answer.verdict for answer in answers) == {"accepted": 3, "refused": 47}
    assert sorted(case.units["1"][0] for case in state.returns) == [0, 1, 2]
    assert {case.return_id for case in state.returns} == {
        a.subject for a in answers if a.verdict == "accepted"
    }
    assert runs > 2, "how many commits share a run is chance, several runs are not"


def of_unit(quote: Quote, unit: int) -> Quote:
    return quote.model_copy(update={"items": (quote.items[0].model_copy(update={"units": (unit,)}),)})


@pytest.mark.scenario("S-99")
async def test_a_burst_of_scans_loses_none_when_each_commit_ends_a_run(tmp_path: Path, url: str) -> None:
    async with JourneyHarness.open(tmp_path, url, EVERY_COMMIT) as rolling:
        journey = await rolling.place("shop-burst")
        await journey.advance_clock(days=1)
        await journey.ship()
        scans = [a_scan(ParcelStatus.IN_TRANSIT, PLACED.replace(minute=n), f"depot {n}") for n in range(40)]
        await asyncio.gather(*(journey.send_scans(scan) for scan in scans))
        state = await journey.until(lambda state: len(state.parcels[0].scans) == 40)
    assert {scan.key for scan in state.parcels[0].scans} == {scan.key for scan in scans}
