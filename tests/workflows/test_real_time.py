"""A production merchant's journey waits on real timers: weeks of it, on the Temporal server that skips time."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from domain.model.attention import AttentionItem
from domain.model.promise import Promise
from domain.model.quote import Quote, ReturnItem
from domain.model.scan import ParcelStatus, Scan
from domain.orders.commands.cancel_order import CancelOrder
from domain.returns.commands.receive import ReceiveGoods
from domain.returns.quotes import quote
from tests.databases import KINDS, Databases
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, until
from tests.workflows.lifecycles import dropped_off, money, opened
from workflows import activity_calls


class TimeSkipper:
    """A harness on the server that skips time."""

    def __init__(self, env: WorkflowEnvironment, harness: JourneyHarness) -> None:
        self._env, self.journeys = env, harness

    async def place(self, name: str) -> "TimedJourney":
        now = await self.now()
        journey = await self.journeys.store_order(
            name, sandbox=False, placed_at=now, promise=Promise(at=now + timedelta(days=5))
        )
        await journey.start()
        return TimedJourney(self, journey)

    async def now(self) -> datetime:
        return (await self._env.get_current_time()).astimezone(UTC)

    async def sleep(self, **span: float) -> None:
        await self._env.sleep(timedelta(**span))


class TimedJourney:
    """One order on that harness."""

    def __init__(self, time_skipper: TimeSkipper, journey: JourneyDriver) -> None:
        self.time_skipper, self.journey = time_skipper, journey

    async def scanned(self, status: ParcelStatus) -> None:
        now = await self.time_skipper.now()
        await self.journey.send_scans(Scan(key=f"{status} {now.isoformat()}", at=now, status=status))

    async def quoted(self, line: str) -> Quote:
        item = ReturnItem(line_id=line, quantity=1, reason="unwanted")
        return quote(await self.journey.state(), [item], await self.time_skipper.now())


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=KINDS)
async def time_skipper(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[TimeSkipper]:
    server = Path(sys.executable).parent / "temporal-test-server"
    async with (
        await WorkflowEnvironment.start_time_skipping(
            data_converter=pydantic_data_converter, test_server_existing_path=str(server)
        ) as env,
        JourneyHarness.on(env.client, await databases.migrated(request.param)) as harness,
    ):
        yield TimeSkipper(env, harness)


async def test_forty_five_days_of_a_real_order(time_skipper: TimeSkipper) -> None:
    order = await time_skipper.place("shop-real")
    journey = order.journey
    await time_skipper.sleep(days=1)
    await journey.ship()
    await order.scanned(ParcelStatus.PICKED_UP)
    assert await journey.notices() == []
    await time_skipper.sleep(days=3, hours=2)  # silent on the last day before its promise
    await until(lambda: _delay_notices(journey, 1))
    [delay] = (await journey.state()).delay_notices
    assert delay.reason == "no_movement"
    assert timedelta(0) <= delay.notified_at - (delay.due - timedelta(hours=24)) < timedelta(seconds=5)
    await time_skipper.sleep(days=2)
    await order.scanned(ParcelStatus.DELIVERED)
    await journey.until(lambda state: state.delivered == "all")
    await opened(journey, "one", await order.quoted("1"))
    await time_skipper.sleep(days=2)
    await dropped_off(journey, "one")
    await journey.until(lambda state: money(state, "one") == "paid")
    await journey.execute(ReceiveGoods, "receive", return_id="ret_one")
    second = await opened(journey, "two", await order.quoted("2"))
    assert second.verdict == "accepted"
    await time_skipper.sleep(days=15)  # the code is not used
    state = await journey.until(lambda state: state.returns[1].decision == "expired")
    assert state.stage == "delivered"
    await time_skipper.sleep(days=22)
    await journey.until(lambda state: state.at_rest)
    await journey.until_closed()
    state = await journey.state()
    assert state.stage == "closed"
    arrived = state.parcels[0].delivered_at
    assert arrived is not None
    assert state.closed_at is not None
    assert timedelta(0) <= state.closed_at - state.window_end(arrived) < timedelta(seconds=5)
    assert sorted(journey.paid().values()) == [200]
    assert [key.split("/")[-2] for key in await journey.notices()].count("return_expired") == 1


async def _delay_notices(journey: JourneyDriver, count: int) -> bool:
    return len((await journey.state()).delay_notices) == count


async def test_a_payment_without_an_answer_for_a_day_raises_a_question_and_is_paid_once_when_the_provider_is_back(
    time_skipper: TimeSkipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(hours=2), backoff_coefficient=8
    )
    monkeypatch.setattr(activity_calls, "PAYMENT_RETRY", few)  # as long, but 16 tries instead of 1,450
    order = await time_skipper.place("shop-silent")
    journey, provider = order.journey, time_skipper.journeys.provider
    payment = journey.order.tenders[1].payment
    assert payment is not None
    provider.unresponsive.add(payment)
    await journey.execute(CancelOrder, "cancel")
    await time_skipper.sleep(hours=23)
    card = next(leg for leg in (await journey.state()).legs() if leg.to == "provider")
    assert card.open
    assert (await journey.state()).attention == []
    await time_skipper.sleep(hours=2)
    state = await journey.until(lambda state: state.attention != [])
    [question] = state.attention
    assert isinstance(question, AttentionItem)
    assert (question.kind, question.owner, question.default) == ("payment_unknown", "finance", "retry")
    assert journey.paid() == {}
    assert {leg.status for leg in state.legs()} == {"settled", "unknown"}
    provider.unresponsive.clear()
    await time_skipper.sleep(days=3, minutes=1)
    await journey.until(lambda state: state.at_rest)
    assert sorted(journey.paid().values()) == [5800]
    assert {leg.status for leg in await journey.legs()} == {"settled"}
    assert len({key for key in provider.calls if key.startswith("shop-silent/")}) == 1, (
        "an unknown leg keeps its key"
    )


async def test_a_delay_of_forty_five_days_is_notified_by_its_timers_and_every_follow_up_is_sent(
    time_skipper: TimeSkipper,
) -> None:  # DLY-2
    order = await time_skipper.place("shop-late")
    journey = order.journey
    await journey.ship()
    await time_skipper.sleep(days=3, minutes=1)
    await order.scanned(ParcelStatus.IN_TRANSIT)
    await time_skipper.sleep(days=12)  # ten days past its promise without a scan
    state = await journey.until(lambda state: bool(state.attention))
    assert [item.kind for item in state.attention] == ["presumed_lost"]
    await time_skipper.sleep(days=3, minutes=1)
    state = await journey.until(
        lambda state: bool(state.settlements) and not any(leg.open for leg in state.legs())
    )
    assert [notice.reason for notice in state.delay_notices] == ["no_first_scan"]
    await time_skipper.sleep(days=22)
    await order.scanned(ParcelStatus.DELIVERED)
    await journey.until(lambda state: any(item.kind == "parcel_found" for item in state.attention))
    kinds = [key.split("/")[-2] for key in await journey.notices()]
    assert {"no_first_scan", "follow_up", "presumed_lost", "parcel_lost", "parcel_found"} <= set(kinds)
    actions = [line.split()[1] for line in await journey.audit()]
    promised = actions.count("follow_up_promised")
    assert promised == actions.count("follow_up_fulfilled") + actions.count("follow_up_expired")
    assert promised > 1, "the audit log has them"
