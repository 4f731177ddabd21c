"""Record histories of journeys for the replay test: `python -m tests.replay.record unreleased [NAME …]`.

Nothing is released before 1.0. Until then there is one folder, and a change that breaks recorded histories records them
again in the same commit and says so. From then on one folder per release, recorded right before it; those of earlier
releases stay as they are, as orders live for months: the code of today must replay them. Never record over a release.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus
from domain.orders.commands.cancel_order import CancelOrder
from domain.returns.commands.cancel_return import CancelReturn
from store.migrations import upgrade
from tests.builders import AGENT, PLACED
from tests.workflows.journey_harness import SENIOR, JourneyDriver, JourneyHarness, a_scan
from tests.workflows.lifecycles import delivered, dropped_off, money, opened, quoted, whole_life

HISTORIES = Path(__file__).with_name("histories")
Recording = Callable[[JourneyDriver], Awaitable[None]]


async def open_after_placing(journey: JourneyDriver) -> None:
    await journey.start()
    await journey.harness.journeys.query(journey.merchant, journey.id)  # its first task is done


async def loaded_after_placing(journey: JourneyDriver) -> None:
    """Started by housekeeping: the run loads what was placed."""
    await journey.harness.journeys.start(journey.merchant, journey.id)
    await journey.harness.journeys.query(journey.merchant, journey.id)


async def open_on_a_real_timer(journey: JourneyDriver) -> None:
    """Of a production merchant; recorded while it waits."""
    await journey.start()
    await journey.ship()
    await journey.until_run(1)


async def delayed_with_notice(journey: JourneyDriver) -> None:
    await journey.start()
    await journey.advance_clock(days=1)
    await journey.ship()
    await journey.send_scans(
        estimate=Estimate(reported_at=PLACED + timedelta(hours=20), at=PLACED + timedelta(days=8))
    )
    await journey.until(lambda state: len(state.delay_notices) == 1)


async def return_refunded(journey: JourneyDriver) -> None:
    await journey.start()
    await delivered(journey)
    await opened(journey, "one", await quoted(journey, "1"))
    await dropped_off(journey, "one")
    await journey.until(lambda state: money(state, "one") == "paid")


async def credit_taken_back(journey: JourneyDriver) -> None:
    await journey.start()
    await delivered(journey)
    await opened(journey, "two", await quoted(journey, "2"), resolution="store_credit")
    await dropped_off(journey, "two")
    await journey.until(lambda state: money(state, "two") == "paid")
    await journey.execute(CancelReturn, "cancel", return_id="ret_two", actor=SENIOR, reason="never came")
    await journey.until(lambda state: money(state, "two") == "reversed")


async def at_rest(journey: JourneyDriver) -> None:
    await journey.start()
    await journey.execute(CancelOrder, "cancel")
    await journey.until_closed()


async def woken_from_rest(journey: JourneyDriver) -> None:
    """Closed, and opened again by an agent: the run that wakes up loads its snapshot, pays and closes."""
    await journey.start()
    await delivered(journey)
    await journey.advance_clock(days=60)
    await journey.until_closed()
    quote = await quoted(journey, "1")
    assert (await opened(journey, "kind", quote, actor=AGENT, reason="they were ill")).verdict == "accepted"
    await dropped_off(journey, "kind")
    await journey.until(lambda state: money(state, "kind") == "paid")


async def refused_in_the_handler(journey: JourneyDriver) -> None:
    """The journey was not running when the command came: the run that it starts refuses it in its history."""
    await at_rest(journey)
    assert (await journey.execute(CancelOrder, "cancel again")).verdict == "refused"
    await journey.until_closed()


async def continued_as_new(journey: JourneyDriver) -> None:
    await return_refunded(journey)
    await journey.continue_as_new()
    assert (await opened(journey, "two", await quoted(journey, "2"))).verdict == "accepted"


async def polled(journey: JourneyDriver) -> None:
    """On a sandbox clock: each poll is an action, until the parcel is delivered."""
    journey.harness.tracker.scans[journey.merchant] = [
        a_scan(ParcelStatus.IN_TRANSIT, PLACED + timedelta(hours=30)),
        a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(hours=50)),
    ]
    await journey.start()
    await journey.ship()
    await journey.advance_clock(days=3)
    await journey.until(lambda state: state.delivered == "all")


async def polling_cancelled_by_webhook_in_real_time(journey: JourneyDriver) -> None:
    """A polling activity that is cancelled, because the delivery comes by webhook."""
    await journey.start()
    await journey.ship()
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, datetime.now(UTC)))
    await journey.until(lambda state: state.delivered == "all")
    await journey.until_run(1)


async def whole(journey: JourneyDriver) -> None:
    async def nothing() -> None:
        return

    await whole_life(journey, nothing)


RECORDINGS: dict[str, Recording] = {
    life.__name__: life
    for life in (
        open_after_placing, loaded_after_placing, open_on_a_real_timer, delayed_with_notice, return_refunded,
        credit_taken_back, at_rest,
        woken_from_rest, refused_in_the_handler, continued_as_new, polled,
        polling_cancelled_by_webhook_in_real_time, whole,
    )
}  # fmt: skip


async def record(folder: Path, names: Collection[str]) -> None:
    """Run these lifecycles on a separate server and write the history of each of their runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite+aiosqlite:///{Path(place) / 'smot.db'}"
        await upgrade(url)
        async with JourneyHarness.open(Path(place), url) as harness:
            for name in names:
                polled = name.startswith("poll")
                sandbox = "real" not in name
                journey = await harness.store_order(name.replace("_", "-"), sandbox=sandbox, polled=polled)
                await RECORDINGS[name](journey)
                for number, text in enumerate(await _histories(journey), start=1):
                    (folder / f"{name}.{number}.json").write_text(text + "\n")


async def _histories(journey: JourneyDriver) -> list[str]:
    runs = [run async for run in journey.harness.client.list_workflows(f"WorkflowId = '{journey.handle.id}'")]
    runs.sort(key=lambda run: run.start_time)
    client = journey.harness.client
    handles = [client.get_workflow_handle(run.id, run_id=run.run_id) for run in runs]
    return [json.dumps((await handle.fetch_history()).to_json_dict()) for handle in handles]


if __name__ == "__main__":
    asyncio.run(record(HISTORIES / sys.argv[1], sys.argv[2:] or RECORDINGS))
