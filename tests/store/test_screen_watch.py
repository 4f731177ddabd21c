"""Open screens, as of the queue, are woken by its changes, and cost one query for all of them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState
from services.screen_watch import ScreenWatch, TooManyScreens, Watched, watched_queues
from store.engine.database import Database
from store.orders.attention import AttentionList
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED, add_question
from tests.store.conftest import next_version
from tests.store.statements import statements

pytestmark = pytest.mark.databases_in_turn
SOON = 0.05
PATIENCE = 10.0


def soon(db: Database) -> Watched[str]:
    """The queues, read more often than in earnest."""
    return replace(watched_queues(AttentionList(db)), interval=SOON)


async def test_one_query_wakes_the_screens_of_the_merchant_whose_queue_changed(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state)
    watch = ScreenWatch(soon(db))
    async with (
        watch.watching("acme") as one,
        watch.watching("acme") as two,
        watch.watching("other") as foreign,
    ):
        with statements(db) as asked:
            await asyncio.gather(*(screen.changed(SOON * 5) for screen in (one, two, foreign)))
        assert 1 <= len(asked) <= 6, "each pass is one query, however many screens are open"
        add_question(state, AttentionItem(
                kind="presumed_lost", subject="p1", owner="agent", opened_at=PLACED,
                deadline=PLACED + timedelta(days=1), default="refund",
            )
        )  # fmt: skip
        next_version(state)
        await snapshots.commit(state)
        assert await asyncio.gather(one.changed(PATIENCE), two.changed(PATIENCE)) == [True, True]
        assert not await foreign.changed(SOON)
        assert not await one.changed(SOON), "a change wakes once"
        await watch.close()
        assert not await foreign.changed(PATIENCE)
        assert foreign.ended
    with pytest.raises(TooManyScreens):
        async with watch.watching("acme"):
            pass


async def test_a_merchant_has_a_greatest_number_of_screens(db: Database) -> None:
    watch = ScreenWatch(replace(soon(db), most_of_one=1))
    async with watch.watching("acme"):
        with pytest.raises(TooManyScreens):
            async with watch.watching("acme"):
                pass
        async with watch.watching("other"):
            pass
    await watch.close()
