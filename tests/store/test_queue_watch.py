"""Open screens of the queue are woken by its changes, and cost one query for all of them."""

import asyncio
from datetime import timedelta

import pytest

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState
from services.console import queue_watch
from services.console.queue_watch import QueueWatch, TooManyScreens
from store.engine.database import Database
from store.orders.attention import AttentionList
from store.orders.snapshots import SnapshotStore
from tests.builders import PLACED, add_question
from tests.store.statements import statements

pytestmark = pytest.mark.databases_in_turn
SOON = 0.05
PATIENCE = 10.0


async def test_one_query_wakes_the_screens_of_the_merchant_whose_queue_changed(
    db: Database, snapshots: SnapshotStore, state: JourneyState
) -> None:
    await snapshots.commit(state)
    watch = QueueWatch(AttentionList(db), SOON)
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
        state.seq, state.base = 2, 1
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


async def test_a_merchant_has_a_greatest_number_of_screens(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_watch, "MAX_OF_MERCHANT", 1)
    watch = QueueWatch(AttentionList(db), SOON)
    async with watch.watching("acme"):
        with pytest.raises(TooManyScreens):
            async with watch.watching("acme"):
                pass
        async with watch.watching("other"):
            pass
    await watch.close()
