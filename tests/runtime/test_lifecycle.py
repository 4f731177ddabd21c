"""How a process starts and ends: work in hand is finished, and a process never runs with half of its tasks."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ports.channels import Message
from runtime.processes import lifecycle
from runtime.processes.lifecycle import TaskFailed, supervise
from store.engine.database import Database
from store.merchants.merchants import NewMerchant
from tests.builders import PLACED
from tests.patience import PATIENCE
from tests.runtime.dispatcher_harness import DispatcherHarness, FakeChannel


class SlowChannel(FakeChannel):
    """Accepts a message at once and returns only when it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.has_message, self.may_confirm = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message) -> None:
        await super().send(message)
        self.has_message.set()
        await self.may_confirm.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def harness(url: str) -> AsyncIterator[DispatcherHarness]:
    db = Database(url)
    harness = DispatcherHarness(db)
    await harness.merchants.create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    yield harness
    await db.close()


async def test_a_mail_that_is_on_its_way_is_marked_before_the_dispatcher_ends(
    harness: DispatcherHarness,
) -> None:
    await harness.late()
    channel = SlowChannel()
    harness.channel = channel
    harness.dispatcher.notification_sender = harness.make_notification_sender()
    stop = asyncio.Event()
    async with supervise(stop, harness.dispatcher.run(), drain=harness.dispatcher.drain):
        await asyncio.wait_for(channel.has_message.wait(), PATIENCE)
        asyncio.get_running_loop().call_later(0.3, channel.may_confirm.set)
    assert len(channel.accepted) == 1
    assert [status for _, status, _ in await harness.notice_statuses()] == ["sent"]
    assert not stop.is_set()


async def test_a_dispatcher_that_shuts_down_starts_nothing_more(harness: DispatcherHarness) -> None:
    async with supervise(asyncio.Event(), harness.dispatcher.run(), drain=harness.dispatcher.drain):
        pass
    await harness.late()
    assert [status for _, status, _ in await harness.notice_statuses()] == ["queued"]
    assert harness.channel.accepted == []


async def test_a_task_that_does_not_end_in_time_is_cancelled_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lifecycle, "DRAIN", 0.05)
    cut = asyncio.Event()

    async def never_ending() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with caplog.at_level(logging.WARNING, logger="runtime.processes.lifecycle"):
        async with supervise(asyncio.Event(), never_ending(), drain=lambda: None):
            await asyncio.sleep(0)
    assert cut.is_set()
    assert "their leases will expire" in caplog.text


async def test_a_task_that_fails_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()

    async def falls() -> None:
        raise LookupError("nothing there")

    with pytest.raises(TaskFailed):
        async with supervise(stop, falls(), asyncio.Event().wait()):
            await asyncio.wait_for(stop.wait(), 10)
    assert "a task of this process ended" in caplog.text
