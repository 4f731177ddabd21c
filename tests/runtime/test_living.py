"""How a process lives and ends: nothing in hand is cut off, and half a service is none."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ports.channels import Message
from runtime import living
from runtime.living import PartFell, beside
from store.database import Database
from store.merchants import NewMerchant
from tests.builders import PLACED
from tests.runtime.desk import Desk, Post


class SlowPost(Post):
    """Takes a message at once and says so only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.has_one, self.may_say = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message) -> None:
        await super().send(message)
        self.has_one.set()
        await self.may_say.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(url: str) -> AsyncIterator[Desk]:
    db = Database(url)
    desk = Desk(db)
    await desk.merchants.create(NewMerchant(id="acme", name="acme", sandbox=True, clock=PLACED))
    yield desk
    await db.close()


async def test_a_mail_that_is_on_its_way_is_marked_before_the_dispatcher_ends(desk: Desk) -> None:
    await desk.late()
    post = SlowPost()
    desk.post = post
    desk.at_work.notices = desk.notices_by_post()
    stop = asyncio.Event()
    async with beside(stop, desk.at_work.run(), drain=desk.at_work.drain):
        await asyncio.wait_for(post.has_one.wait(), 30)
        asyncio.get_running_loop().call_later(0.3, post.may_say.set)
    assert len(post.taken) == 1
    assert [status for _, status, _ in await desk.ends()] == ["sent"]
    assert not stop.is_set()


async def test_a_drained_dispatcher_takes_up_nothing_more(desk: Desk) -> None:
    async with beside(asyncio.Event(), desk.at_work.run(), drain=desk.at_work.drain):
        pass
    await desk.late()
    assert [status for _, status, _ in await desk.ends()] == ["queued"]
    assert desk.post.taken == []


async def test_what_does_not_end_in_time_is_cut_off_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(living, "DRAIN", 0.05)
    cut = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with caplog.at_level(logging.WARNING, logger="runtime.living"):
        async with beside(asyncio.Event(), stubborn(), drain=lambda: None):
            await asyncio.sleep(0)
    assert cut.is_set()
    assert "leases give back what was in hand" in caplog.text


async def test_a_part_that_falls_ends_the_whole(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()

    async def falls() -> None:
        raise LookupError("nothing there")

    with pytest.raises(PartFell):
        async with beside(stop, falls(), asyncio.Event().wait()):
            await asyncio.wait_for(stop.wait(), 10)
    assert "a part of the service ended" in caplog.text
